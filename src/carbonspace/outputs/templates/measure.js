/* One indicator of one unit: value and bar on its line; opened, the clauses and what is behind the figure. */
(function () {
  "use strict";
  const facts = carbonspace.facts;
  if (!facts) return;
  const { make, both, number } = carbonspace, JUDGED = ["met", "not_met", "exempt"];
  function badge(status) {
    const look = facts.look(status);
    return make("span", { class: "v v-" + status }, make("b", { "aria-hidden": "true" }, look.symbol), both(look.title));
  }
  function withUnit(told, unit) { return told === "—" || !unit ? told : told + " " + unit; }
  function margin(one, verdict) {
    if (!JUDGED.includes(verdict.status) || verdict.margin === null) return null;
    const told = number(verdict.margin, verdict.decimals), signed = /^[−—]/.test(told) || verdict.status === "not_met" ? told : "+" + told;
    const pp = [signed + " 个百分点", signed + " pp"];
    return make("span", { class: "margin" }, both(["差值 ", "margin "]), one.unit === "%" ? both(pp) : withUnit(signed, one.unit));
  }
  function target(verdict) {
    return make("span", {}, both(["目标 ", "target "]), make("b", {}, verdict.rule.target), verdict.rule.unit && " " + verdict.rule.unit);
  }
  function otherwise(one, place, verdict) {
    const own = withUnit(facts.own(one, place), one.unit), [zh, en] = verdict.defined, none = verdict.value === null;
    return make("small", { class: "other" }, both(["* 按条文口径：" + zh + (none ? "（无数值）" : "") + "；按规划口径：" + own,
      "* as the clause defines it: " + en + (none ? " (no value)" : "") + "; as the plan does: " + own]));
  }
  function line(one, place, found) {
    const status = facts.status(one, place), first = found.find(facts.hasTarget), other = first && first.defined, clauses = other && first.value !== null;
    const own = clauses ? first.value : facts.value(one, place), digits = clauses ? first.decimals : facts.decimals(one, place);
    const more = found.filter(facts.hasTarget).length - 1;
    return make("summary", {},
      make("span", { class: "top" }, badge(status), make("span", { class: "title" }, both(one.title)),
        make("span", { class: "figure" }, make("b", {}, number(own, digits) + (other ? "*" : "")), own !== null && one.unit && make("small", {}, " " + one.unit))),
      first && make("span", { class: "below" }, carbonspace.bullet(other ? first.value : own, first.rule, first.status, digits),
        make("span", { class: "said" }, target(first), " ", margin(one, first), other && otherwise(one, place, first),
          more > 0 && make("small", { class: "more" }, both(["另有 " + more + " 条目标", more === 1 ? "one more target" : more + " more targets"])))));
  }
  function tags(rule) {
    const standing = rule.kind === "recorded" ? ["只作记录，不判定", "recorded, never held"]
      : rule.kind === "recommended" ? ["建议指标，未给出数值", "recommended, no value given"]
      : rule.binding ? ["约束性", "binding"] : ["供参考，无约束力", "for reference, not binding"];
    return [make("span", { class: rule.kind === "held" && rule.binding ? "tag bind" : "tag" }, both(standing)),
      !rule.verified && make("span", { class: "tag warn" }, both(rule.sure))];
  }
  function clause(one, verdict) {
    const rule = verdict.rule, shown = withUnit(number(verdict.value, verdict.decimals), one.unit);
    return make("section", { class: "clause" },
      make("div", { class: "top" }, badge(verdict.status), rule.marks.length > 0 && target(verdict), margin(one, verdict)),
      verdict.defined && make("p", { class: "reason" }, both(["按条文口径（" + verdict.defined[0] + "）：" + shown, "As the clause defines it (" + verdict.defined[1] + "): " + shown])),
      verdict.reason && make("p", { class: "reason" }, both(verdict.reason)),
      verdict.flips && make("p", { class: "reason" }, make("span", { class: "tag warn flips" },
        both(["临界，换一种处理即改变：" + verdict.flips[0], "close; would turn with: " + verdict.flips[1]]))),
      make("blockquote", { lang: "zh-Hans" }, rule.quotation),
      make("cite", {}, both(rule.cite), rule.year && both([" · " + rule.year + " 年", " · by " + rule.year]),
        rule.applies && make("span", { class: "row" }, both(["适用于：" + rule.applies[0], "Applies to: " + rule.applies[1]])),
        rule.note && make("span", { class: "row" }, both(rule.note)), rule.never && make("span", { class: "row" }, both(rule.never)),
        make("span", { class: "row" }, tags(rule))));
  }
  function fill(body, one, place, found) {
    const reason = found.length ? null : facts.reason(one, place);
    body.append(...[carbonspace.showing(one, place), reason && make("p", { class: "reason" }, both(reason)),
      ...found.map((verdict) => clause(one, verdict)), carbonspace.behind(one, place)].filter(Boolean));
  }
  carbonspace.measure = function (one, place) {
    const found = facts.verdicts(one, place), body = make("div", { class: "body" });
    const made = make("details", { class: "measure " + facts.status(one, place), "data-key": one.key }, line(one, place, found), body);
    made.fill = () => { if (!body.firstChild) fill(body, one, place, found); };
    made.firstChild.addEventListener("click", made.fill);
    made.addEventListener("toggle", () => { if (made.open) made.fill(); });
    return made;
  };
})();
