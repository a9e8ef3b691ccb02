/* What the explorer asks of the plan: carbonspace.facts, null on a page without one. */
(function () {
  "use strict";
  const plan = carbonspace.plan;
  carbonspace.facts = null;
  if (!plan) return;
  const data = plan.data, order = data.statuses, units = data.units;
  function look(status) { return data.looks[order.indexOf(status)]; }
  function status(one, place) { const found = plan.status(one, place); return found === null ? null : order[found]; }
  /* How far a target is missed, as a share of it: below zero where it is. */
  function shortfall(verdict) {
    const size = Math.max(...verdict.rule.marks.map(Math.abs), 0);
    return verdict.margin === null ? Infinity : verdict.margin / (size || 1);
  }
  function least(a, b) { return a === b ? 0 : a - b; }
  /* The clauses held against an indicator in a place, the worst first. */
  function verdicts(one, place) {
    const found = plan.verdicts(one, place).filter((verdict) => verdict.rule);
    const told = found.map((verdict) => Object.assign(verdict, { rank: verdict.status, far: shortfall(verdict), status: order[verdict.status] }));
    return told.sort((a, b) => a.rank - b.rank || least(a.far, b.far));
  }
  function reason(one, place) { const found = plan.verdicts(one, place)[0]; return found ? found.reason : null; }
  function hasTarget(verdict) { return verdict.rule.marks.length > 0 && verdict.rule.kind !== "recorded"; }
  function far(one, place) { const found = verdicts(one, place)[0]; return found ? found.far : Infinity; }
  /* The indicators that a place has a row of, the worst first; equals keep the order of the plan. */
  function ranked(place) {
    const rows = data.indicators.map((one, n) => ({ one, n, rank: plan.status(one, place) })).filter((row) => row.rank !== null);
    rows.forEach((row) => { row.far = far(row.one, place); });
    return rows.sort((a, b) => a.rank - b.rank || least(a.far, b.far) || a.n - b.n).map((row) => row.one);
  }
  function counts(place) {
    const found = {};
    order.forEach((name) => { found[name] = 0; });
    data.indicators.forEach((one) => { const s = status(one, place); if (s !== null) found[s] += 1; });
    return found;
  }
  /* The numbers of the units, those that miss most first, or by how one indicator stands there. */
  function unitsWorstFirst(key) {
    const one = plan.indicator(key), missed = data.places.missed;
    const rows = Array.from({ length: units }, (_, n) => ({ n, rank: one ? plan.status(one, n) : -missed[n], far: one ? far(one, n) : 0 }));
    rows.forEach((row) => { if (row.rank === null) row.rank = order.length; });
    return rows.sort((a, b) => a.rank - b.rank || least(a.far, b.far) || a.n - b.n).map((row) => row.n);
  }
  /* The targets of an indicator; `defined` says what each is of where its clause defines another figure. */
  function targets(one) {
    const all = one.held.map((held) => ({ rule: data.rules[held.rule], defined: held.defined === null ? null : data.texts[held.defined] }));
    return all.filter((target) => target.rule.marks.length > 0);
  }
  /* How targets define an indicator otherwise than the plan, each once. */
  function otherwise(one) {
    const found = new Map(targets(one).filter((target) => target.defined).map((target) => [target.defined[1], target.defined]));
    return [...found.values()];
  }
  carbonspace.facts = {
    data, units, look, status, otherwise, verdicts, reason, hasTarget, ranked, counts, unitsWorstFirst, targets,
    indicator: plan.indicator, value: plan.value, shown: plan.shown, own: plan.own, decimals: plan.decimals, told: plan.told, sign: plan.sign, defined: plan.defined, name: plan.name, profile: (rule) => data.profiles[rule.profile],
  };
})();
