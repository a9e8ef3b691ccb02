(function () {
  "use strict";
  const data = carbonspace.json("plan-data"), none = ".";
  if (!data) return;
  const byKey = new Map(data.indicators.map((one) => [one.key, one]));
  /* The number of words of a place: its own, or those that all places have. */
  function at(numbers, place) {
    const own = numbers[place];
    return own === undefined ? numbers["*"] : own;
  }
  function words(numbers, place) {
    const found = at(numbers, place);
    return found === undefined ? null : data.texts[found];
  }
  function figure(value) { return value === undefined ? null : value; }
  /* The figure of an indicator itself. */
  function value(one, place) { return figure(one.value[place]); }
  function status(one, place) { return one.status[place] === none ? null : Number(one.status[place]); }
  function verdict(one, held, place) {
    const defined = held.defined === null ? null : data.texts[held.defined];
    return {
      rule: data.rules[held.rule], status: Number(held.status[place]), defined: defined,
      value: defined ? figure(held.value[place]) : value(one, place), margin: figure(held.margin[place]),
      reason: words(held.reason, place), flips: words(held.flips, place),
    };
  }
  /* What is said of an indicator in a place, the worst first; one verdict without a rule where none speaks. */
  function verdicts(one, place) {
    const held = one.held.filter((rule) => rule.status[place] !== none).map((rule) => verdict(one, rule, place));
    if (held.length) return held.sort((a, b) => a.status - b.status);
    if (status(one, place) === null) return [];
    const reason = words(one.reason, place);
    return [{ rule: null, status: status(one, place), defined: null, value: value(one, place), margin: null, reason: reason, flips: null }];
  }
  /* What stands where there is room for one figure: that which the worst verdict is about. `other` is it where a clause defines it. */
  function shown(one, place) {
    const own = { value: value(one, place), other: null };
    if (!one.held.some((held) => held.defined !== null)) return own;
    const found = verdicts(one, place), worst = found.filter((verdict) => verdict.status === found[0].status);
    const lead = worst.find((verdict) => !verdict.defined) || worst[0], judged = lead && data.statuses[lead.status] !== "no_target";
    return judged && lead.defined ? { value: lead.value, other: lead } : own;
  }
  function told(one, place) {
    const found = shown(one, place);
    return carbonspace.number(found.value, one.decimals) + (found.other ? "*" : "");
  }
  /* Which figure it is where it is not the indicator's own, and what that comes to. */
  function defined(one, place) {
    const other = shown(one, place).other, said = (found) => (carbonspace.number(found, one.decimals) + " " + one.unit).trim();
    if (!other) return null;
    const is = said(other.value), own = said(value(one, place));
    return ["* 按条文口径（" + other.defined[0] + "）：" + is + "；按规划口径：" + own, "* as the clause defines it (" + other.defined[1] + "): " + is + "; as the plan does: " + own];
  }
  function name(place) {
    const given = data.places.name[place];
    return Array.isArray(given) ? carbonspace.say(given) : given;
  }
  /* Where an indicator of a unit is shown: the address that state.js reads. */
  function address(place, key) {
    return "#unit=" + encodeURIComponent(data.places.id[place]) + (key ? "&show=" + encodeURIComponent(key) : "");
  }
  carbonspace.plan = { data, indicator: (key) => byKey.get(key), value, shown, told, defined, status, verdicts, name, address };
})();
