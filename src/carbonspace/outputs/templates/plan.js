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
  function misses(held, place) { return data.statuses[held.status[place]] === "not_met"; }
  /* With how many digits the figure of an indicator itself is told. */
  function decimals(one, place) {
    const missed = one.held.filter((held) => held.defined === null && misses(held, place));
    return carbonspace.digits(one.decimals, missed.map((held) => figure(held.margin[place])));
  }
  function own(one, place) { return carbonspace.number(value(one, place), decimals(one, place)); }
  function verdict(one, held, place) {
    const defined = held.defined === null ? null : data.texts[held.defined];
    const margin = figure(held.margin[place]), decimals = carbonspace.digits(one.decimals, misses(held, place) ? [margin] : []);
    return {
      rule: data.rules[held.rule], decimals: decimals, status: Number(held.status[place]), defined: defined,
      value: defined ? figure(held.value[place]) : value(one, place), margin: margin,
      reason: words(held.reason, place), flips: words(held.flips, place),
    };
  }
  /* What is said of an indicator in a place, the worst first; one verdict without a rule where none speaks. */
  function verdicts(one, place) {
    const held = one.held.filter((rule) => rule.status[place] !== none).map((rule) => verdict(one, rule, place));
    if (held.length) return held.sort((a, b) => a.status - b.status);
    if (status(one, place) === null) return [];
    const reason = words(one.reason, place);
    return [{ rule: null, decimals: one.decimals, status: status(one, place), defined: null, value: value(one, place), margin: null, reason: reason, flips: null }];
  }
  /* What stands where there is room for one figure: that which the worst verdict is about, if it has a value.
     `other` is the verdict where it is about the figure that a clause defines. */
  function shown(one, place) {
    const itself = { value: value(one, place), other: null };
    if (!one.held.some((held) => held.defined !== null)) return itself;
    const found = verdicts(one, place), worst = found.filter((verdict) => verdict.status === found[0].status);
    const lead = worst.find((verdict) => !verdict.defined) || worst[0], judged = lead && data.statuses[lead.status] !== "no_target";
    return judged && lead.defined ? { value: lead.value === null ? itself.value : lead.value, other: lead } : itself;
  }
  function told(one, place) {
    const other = shown(one, place).other;
    return (other && other.value !== null ? carbonspace.number(other.value, other.decimals) : own(one, place)) + (other ? "*" : "");
  }
  /* The symbol before a figure; the dash of no target would look like a minus. */
  function sign(one, place) {
    const found = status(one, place), look = data.looks[found];
    return data.statuses[found] === "no_target" && shown(one, place).value !== null ? "" : look.symbol;
  }
  /* Which figure it is where it is not the indicator's own, and what that comes to. */
  function defined(one, place) {
    const other = shown(one, place).other, said = (found) => (found + " " + one.unit).trim();
    if (!other) return null;
    const is = said(carbonspace.number(other.value, other.decimals)), plans = said(own(one, place));
    return ["* 按条文口径（" + other.defined[0] + "）：" + is + "；按规划口径：" + plans, "* as the clause defines it (" + other.defined[1] + "): " + is + "; as the plan does: " + plans];
  }
  function name(place) {
    const given = data.places.name[place];
    return Array.isArray(given) ? carbonspace.say(given) : given;
  }
  /* Where an indicator of a unit is shown: the address that state.js reads. */
  function address(place, key) {
    return "#unit=" + encodeURIComponent(data.places.id[place]) + (key ? "&show=" + encodeURIComponent(key) : "");
  }
  carbonspace.plan = { data, indicator: (key) => byKey.get(key), value, own, decimals, shown, told, sign, defined, status, verdicts, name, address };
})();
