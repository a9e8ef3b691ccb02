/* A bar of a value against its target, read as outputs/rows.py reads it. */
(function () {
  "use strict";
  const make = (...given) => carbonspace.make(...given), WIDTH = 1000;
  function top(value, rule) {
    const high = rule.marks[rule.marks.length - 1], most = Math.max(value, high);
    return rule.unit === "%" && most <= 100 ? 100 : Math.max(most, 0) * 1.2 || 1;
  }
  function scaled(value, rule) {
    const all = top(value, rule), share = (x) => Math.round(WIDTH * Math.min(Math.max(x / all, 0), 1));
    const marks = rule.marks.map(share);
    return { all, value: share(value), marks, from: rule.at_most ? 0 : marks[0], to: rule.at_least ? WIDTH : marks[marks.length - 1] };
  }
  function drawn(bar, status) {
    const box = (css, x, width, y, height) => make("rect", { class: css, x, y, width, height });
    return make("svg", { class: "bullet", viewBox: "0 0 1000 120", preserveAspectRatio: "none", "aria-hidden": "true" },
      box("scale", 0, WIDTH, 0, 120), box("good", bar.from, bar.to - bar.from, 0, 120),
      box("value " + status, 0, bar.value, 38, 44), bar.marks.map((x) => make("path", { class: "target", d: "M" + x + " 0V120" })));
  }
  /* A target's words stand below its mark, within the bar. */
  function words(bar, text, end) {
    const x = bar.marks[bar.marks.length - 1] / WIDTH * 100, side = x > 60 ? "right:" + (100 - x) + "%" : "left:" + x + "%";
    const zero = x > 12, most = x < 70 || x <= 60;
    return make("span", { class: "ticks", "aria-hidden": "true" }, zero && make("i", { style: "left:0" }, "0"),
      make("b", { class: x > 60 ? "before" : "", style: side }, text), most && make("i", { style: "right:0" }, end));
  }
  carbonspace.bullet = function (value, rule, status, decimals) {
    if (value === null || !rule.marks.length) return null;
    const bar = scaled(value, rule), end = carbonspace.number(bar.all, bar.all >= 100 || bar.all % 1 === 0 ? 0 : Math.min(decimals, 2));
    const said = carbonspace.number(value, decimals);
    return make("span", { class: "bar-of" }, drawn(bar, status), words(bar, rule.target, end),
      make("span", { class: "unseen" }, carbonspace.both([
        "数值 " + said + " " + rule.unit + "，目标 " + rule.target + "，标尺 0 至 " + end + "。",
        "Value " + said + " " + rule.unit + ", target " + rule.target + ", on a scale from 0 to " + end + ". "])));
  };
})();
