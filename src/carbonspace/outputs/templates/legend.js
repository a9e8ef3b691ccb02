/* What stands above and below the map: what it shows, the targets, the classes and the evidence. */
(function () {
  "use strict";
  const facts = carbonspace.facts;
  if (!facts) return;
  const { make, both } = carbonspace, AREAS = ["shortfall", "bare", "solar", "roof", "way", "band", "land", "park"], NO_TARGET = ["没有目标，仅显示数值", "No target; values only"];
  function tags(rule) {
    return [rule.kind === "recorded" && make("span", { class: "tag" }, both(["只作记录", "recorded"])),
      !rule.verified && make("span", { class: "tag warn" }, both(["未核实", "unverified"]))];
  }
  function target({ rule, defined }) {
    return make("li", {}, make("b", {}, rule.target), rule.unit && " " + rule.unit, " ", make("span", {}, both(facts.profile(rule).title)), " ", tags(rule),
      defined && make("small", { class: "other" }, both(["* 按条文口径：" + defined[0], "* as the clause defines it: " + defined[1]])));
  }
  function head(colouring) {
    const one = colouring.one;
    if (!one) return [make("h3", {}, both(["未达标指标数", "Number of missed targets"]))];
    const rules = facts.targets(one), kind = colouring.kind === "value" ? ["数值", "values"] : ["结论", "verdicts"];
    return [make("h3", {}, both(one.title), one.unit && make("small", {}, " " + one.unit), " ", make("small", {}, "· ", both(kind))),
      rules.length ? make("ul", { class: "targets", "aria-label": "目标 Targets" }, rules.map(target)) : make("p", { class: "note" }, both(NO_TARGET))];
  }
  function entry(one) {
    return make("li", { class: one.count ? "" : "none" }, make("i", { style: "background:" + one.colour }),
      make("span", {}, one.symbol && one.symbol + " ", both(one.title)), make("small", {}, String(one.count)));
  }
  /* Where a number stands on the row of classes, in percent: each class has the same width. */
  function spot(scale, value) {
    const stops = [scale.low, ...scale.cuts, scale.high], n = Math.min(Math.max(scale.of(value), 0), scale.cuts.length);
    const from = stops[n], to = stops[n + 1], part = to > from ? (value - from) / (to - from) : 0.5;
    return (n + Math.min(Math.max(part, 0), 1)) / (scale.cuts.length + 1) * 100;
  }
  /* A target of another figure has no place on the scale of this one. */
  function targetMarks(one, scale) {
    const found = new Map();
    facts.targets(one).filter((target) => !target.defined).forEach(({ rule }) => rule.marks.forEach((mark) => found.set(mark, rule)));
    return Array.from(found, ([mark, rule]) => make("b", { style: "left:" + spot(scale, mark) + "%", class: spot(scale, mark) > 75 ? "last" : "" },
      make("span", {}, rule.marks.length > 1 ? String(mark) : rule.target)));
  }
  function row(colouring) {
    const { scale, classes, one } = colouring, count = scale.cuts.length + 1;
    const cells = classes.slice(0, count).map((c) => make("i", { style: "background:" + c.colour }, make("small", {}, String(c.count))));
    const cuts = scale.told.map((cut, n) => make("span", { style: "left:" + (n + 1) / count * 100 + "%" }, cut));
    const ends = [scale.low, scale.high].map((value) => carbonspace.number(value, one.decimals));
    return make("div", { class: "ramp", "aria-hidden": "true" }, make("div", { class: "marks" }, targetMarks(one, scale)),
      make("div", { class: "cells" }, cells),
      make("div", { class: "cuts" }, make("span", { class: "end" }, ends[0]), cuts, make("span", { class: "end last" }, ends[1])));
  }
  function classes(colouring) {
    const shown = colouring.classes.filter((one) => one.count || colouring.kind === "missed");
    const listed = make("ul", { class: "classes" + (colouring.scale ? " unseen-on-screen" : "") }, shown.map(entry));
    return colouring.scale ? [row(colouring), listed] : [listed];
  }
  /* A kind of evidence as it looks on the map: an area, a line or a dot. */
  function sign(one) {
    const css = one.css || "", area = AREAS.includes(css.split(" ")[0]) && !/ dot/.test(css), colour = css ? null : "fill:" + one.colour;
    const shape = area || !css ? make("rect", { class: css, width: 26, height: 15, style: colour })
      : make("path", { class: css, d: / dot/.test(css) ? "M13 7.5h0" : "M0 7.5h26" });
    return make("svg", { viewBox: "0 0 26 15", "aria-hidden": "true" }, shape);
  }
  function kind(one) {
    return make("li", {}, sign(one), make("span", {}, one.symbol && one.symbol + " ", both(one.title)), make("small", {}, carbonspace.number(one.count, 0)));
  }
  carbonspace.drawLegend = function (colouring) {
    document.getElementById("map-head").replaceChildren(...head(colouring));
    document.getElementById("map-classes").replaceChildren(...classes(colouring));
  };
  carbonspace.drawEvidence = function (one, unit, kinds) {
    const place = document.getElementById("map-evidence");
    place.hidden = !one;
    if (!one) { place.replaceChildren(); return; }
    const where = unit === null ? ["全部单元", "all units"] : [facts.name(unit), facts.name(unit)];
    place.replaceChildren(make("h4", {}, both(["依据：", "Evidence: "]), both(one.title), make("small", {}, " · ", both(where))),
      kinds.length ? make("ul", { class: "kinds" }, kinds.map(kind))
        : make("p", { class: "note" }, both(["此处没有可显示的要素。", "There is nothing to show here."])),
      make("button", { type: "button", class: "plain", onclick: () => carbonspace.choose({ show: null }) }, both(["不再显示", "Hide"])));
  };
})();
