/* How units are coloured: carbonspace.colouring(state) gives the colour and the note of each, and the classes. */
(function () {
  "use strict";
  const facts = carbonspace.facts;
  if (!facts) return;
  const data = facts.data, AREA = 0.82, NOTHING = "#eceef1", NO_VALUE = ["无数值", "No value"];
  function counted(classes, of) {
    const numbers = Array.from({ length: facts.units }, (_, n) => of(n));
    return classes.map((one, n) => Object.assign({ count: numbers.filter((m) => m === n).length }, one));
  }
  function paint(classes, of, note) {
    return (unit) => { const one = classes[of(unit)]; return { fill: one ? one.colour : NOTHING, opacity: AREA, note: note(unit) }; };
  }
  function byMissed() {
    const { missed, met } = data.places, steps = data.steps;
    const judged = (n) => missed[n] + met[n] > 0;
    const of = (n) => steps.findIndex((s) => (judged(n) ? missed[n] >= s.low && missed[n] <= s.high : s.low < 0));
    const note = (n) => (missed[n] ? "✗ " + missed[n] : met[n] ? "✓" : "");
    return { kind: "missed", classes: counted(steps.map((s) => ({ colour: s.colour, title: s.title })), of), of, note };
  }
  function byVerdict(one) {
    const classes = data.looks.map((look) => ({ colour: look.pale, title: look.title, symbol: look.symbol }));
    const last = data.statuses.length - 1;
    const of = (n) => { const s = facts.status(one, n); return s === null ? last : data.statuses.indexOf(s); };
    const note = (n) => { const v = facts.shown(one, n).value; return v === null ? classes[of(n)].symbol : (facts.sign(one, n) + " " + facts.told(one, n)).trim(); };
    return { kind: "verdict", classes: counted(classes, of), of, note };
  }
  function digits(number) { const text = String(number), dot = text.indexOf("."); return /e/.test(text) || dot < 0 ? 0 : text.length - dot - 1; }
  function byValue(one) {
    const values = Array.from({ length: facts.units }, (_, n) => facts.value(one, n)), found = carbonspace.classes(values, one.decimals);
    const cuts = found ? found.cuts : [], places = Math.max(0, ...cuts.map(digits)), colours = found ? found.colours : [];
    const told = cuts.map((cut) => carbonspace.number(cut, places));
    const title = (n) => (!cuts.length ? carbonspace.number(found.low, one.decimals)
      : n === 0 ? "< " + told[0] : n === cuts.length ? "≥ " + told[n - 1] : told[n - 1] + " – " + told[n]);
    const classes = colours.map((colour, n) => ({ colour, title: [title(n), title(n)] })).concat({ colour: NOTHING, title: NO_VALUE });
    const of = (n) => (values[n] === null ? classes.length - 1 : found.of(values[n]));
    const note = (n) => (values[n] === null ? "" : facts.own(one, n));
    return { kind: "value", classes: counted(classes, of), of, note, scale: found && { ...found, told } };
  }
  carbonspace.colouring = function (state) {
    const one = facts.indicator(state.by), made = !one ? byMissed() : state.mode === "value" ? byValue(one) : byVerdict(one);
    return Object.assign(made, { one, colour: paint(made.classes, made.of, made.note) });
  };
})();
