/* One unit: its figures and verdicts in both plans, and the edits that moved them. */
(function () {
  "use strict";
  const pair = document.querySelector("#both .pair"), panel = document.getElementById("both-unit"), choice = document.getElementById("both-choice");
  if (!pair || !panel || !choice) return;
  const data = carbonspace.json("both-data"), make = carbonspace.make;
  const css = { m: "met", n: "not_met", e: "exempt", d: "no_data", t: "no_target", a: "not_applicable", s: "silent" };

  function words(zh, en) {
    return zh === en ? [zh] : [make("span", { lang: "zh" }, zh), make("span", { lang: "en" }, en)];
  }
  function badge(letter) {
    const [symbol, zh, en] = data.statuses[letter];
    return make("span", { class: "v v-" + css[letter] }, make("b", { "aria-hidden": "true" }, symbol), words(zh, en));
  }
  /* The upper bar is the first plan's value, the lower one that of the second. */
  function bullet([was, now, from, to, marks], statuses) {
    return make("svg", { class: "bullet", viewBox: "0 0 1000 160", preserveAspectRatio: "none", "aria-hidden": "true" },
      make("rect", { class: "scale", width: 1000, height: 160 }), make("rect", { class: "good", x: from, width: to - from, height: 160 }),
      was !== null && make("rect", { class: "was", y: 26, width: was, height: 46 }),
      now !== null && make("rect", { class: "value " + css[statuses[1]], y: 84, width: now, height: 56 }),
      marks.map((x) => make("path", { class: "target", d: "M" + x + " 0V160" })));
  }
  function edit([number, zh, en, alone]) {
    const listed = number && document.getElementById("edit-" + number), named = [number ? "#" + number + " " : "", words(zh, en)].flat();
    return make("li", {}, listed ? make("a", { href: "#edit-" + number }, named) : make("span", {}, named), " ", make("b", {}, alone));
  }
  function asked([zh, en, unit, titleZh, titleEn, clauseZh, clauseEn]) {
    return make("small", {}, en && words("目标 " + zh + " " + unit + " · ", "Target " + en + " " + unit + " · "), words(clauseZh || titleZh, clauseEn || titleEn));
  }
  function row([title, was, now, statuses, clause, bars, own, moved]) {
    const [key, zh, en, unit] = data.titles[title], [before, after] = statuses, same = was === now && before === after;
    return make("li", { class: "row" + (same ? " same" : ""), "data-key": key },
      make("div", { class: "name" }, words(zh, en)),
      make("div", { class: "values" },
        make("span", {}, was + " → ", make("b", {}, now), " ", make("small", {}, was + now === "——" ? "" : unit)),
        make("span", { class: "verdicts" }, badge(before), before !== after && ["→", badge(after)])),
      bars && bullet(bars, statuses),
      clause >= 0 && asked(data.clauses[clause]),
      own && make("div", {}, make("small", {}, words("条文口径不同；规划口径的数值 " + own, "The clause defines another figure; by the plan's own definition " + own))),
      moved.length > 0 && make("ul", { class: "moved" }, moved.map(edit)));
  }

  function note(zh, en) { return make("p", { class: "note" }, words(zh, en)); }
  function tell(side, n) {
    const id = side === "first" ? data.first[n] : data.second[n], there = side === "first" && data.pair[n] >= 0;
    const rows = there ? data.units[id] || [] : [], name = unit(side, n).querySelector("title").textContent;
    panel.textContent = "";
    panel.append(make("h3", {}, make("span", {}, name), make("button", { type: "button", "aria-label": "关闭 Close", onclick: close }, "×")));
    if (!there) panel.append(side === "first" ? note("只在前一方案中", "Only in the first plan") : note("只在后一方案中", "Only in the second plan"));
    else if (!rows.length) panel.append(note("没有结论，也没有数值变化", "No verdicts, and no figure changed"));
    else panel.append(note("前 → 后；后一方案中最差的在前。灰条：前，彩条：后，竖线：目标", "First → second; what is worst in the second plan stands first. Grey bar: first, coloured: second, line: target"), make("ol", {}, rows.map(row)));
    if (data.left) panel.append(note("另有未列出的行，见 figures.csv", "Rows that are left out stand in figures.csv"));
    panel.hidden = false;
  }
  function unit(side, n) {
    return document.querySelector("#map-" + side + " path.unit[data-n='" + n + "']");
  }
  function outline(side, n) {
    const other = side === "first" ? data.pair[n] : data.pair.indexOf(n);
    [["first", side === "first" ? n : other], ["second", side === "first" ? other : n]].forEach(([key, number]) => {
      const path = number >= 0 ? unit(key, number) : null;
      document.querySelector("#map-" + key + " .picked").setAttribute("d", path ? path.getAttribute("d") : "");
    });
  }
  function pick(side, n) {
    if (side === "second" && data.pair.indexOf(n) >= 0) return pick("first", data.pair.indexOf(n));
    choice.value = side + " " + n;
    outline(side, n);
    tell(side, n);
    panel.scrollIntoView({ block: "nearest" });
  }
  function close() {
    choice.value = "";
    panel.hidden = true;
    document.querySelectorAll("#both .picked").forEach((path) => path.setAttribute("d", ""));
  }
  function asNamed(text) {
    const [side, n] = text.split(" ");
    pick(side, Number(n));
  }
  choice.addEventListener("change", () => (choice.value ? asNamed(choice.value) : close()));
  pair.addEventListener("unit", (event) => asNamed(event.detail));
  pair.addEventListener("click", (event) => {
    const path = event.target.closest(".stage path.unit");
    if (path) pick(path.closest("svg").id.replace("map-", ""), Number(path.dataset.n));
  });
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) close(); });
})();
