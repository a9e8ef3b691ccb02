/* The units of both maps by missed targets, by land use, or by the verdict on one indicator. */
(function () {
  "use strict";
  const by = document.getElementById("both-by"), pair = document.querySelector("#both .pair");
  if (!by || !pair) return;
  const data = carbonspace.json("both-data"), make = carbonspace.make, said = document.getElementById("both-said");
  const letters = { m: "met", n: "not_met", e: "exempt", d: "no_data", t: "no_target", a: "not_applicable" };
  const sides = ["first", "second"].map((key) => {
    const map = document.getElementById("map-" + key), byNumber = [], labels = [];
    map.querySelectorAll("path.unit").forEach((path) => { byNumber[path.dataset.n] = path; });
    map.querySelectorAll("text.label").forEach((label) => { labels[label.dataset.n] = label; });
    return { units: byNumber, labels: labels, steps: byNumber.map((path) => path.dataset.step), missed: byNumber.map((path) => path.dataset.missed), notes: labels.map((label) => label.children[1].textContent) };
  });

  /* Of each unit of a plan: its class, its note, what tells whether it differs, and its value. */
  function seen(side, n) {
    const mine = sides[side], one = data.looks[by.value];
    if (by.value === "land") return { css: mine.steps[n], note: "", state: "", value: "" };
    if (!one) return { css: mine.steps[n], note: mine.notes[n], state: mine.steps[n] + mine.missed[n], value: mine.missed[n] };
    const letter = one.statuses[side][n], value = one.values[side][n];
    return { css: "s-" + letters[letter], note: (letter === "a" || (letter === "t" && value) ? "" : data.statuses[letter][0] + " ") + value, state: letter, value: value };
  }
  function arrow(before, after) {
    const a = Number(before.replace(/[,*]/g, "").replace("−", "-")), b = Number(after.replace(/[,*]/g, "").replace("−", "-"));
    if (before === "" || after === "" || !isFinite(a) || !isFinite(b) || a === b) return before === after ? "" : " ≠";
    return b > a ? " ▲" : " ▼";
  }
  function paint(side, n, look, differs, more) {
    const path = sides[side].units[n], label = sides[side].labels[n];
    path.setAttribute("class", "unit " + look.css + (differs ? " differs" : ""));
    if (differs) path.parentNode.insertBefore(path, path.parentNode.querySelector(".grounds"));
    if (!label) return;
    label.children[1].textContent = look.note + more;
    label.classList.toggle("turned", differs);
  }
  function recolour() {
    const turned = { lost: [], gained: [], other: [], moved: [] };
    pair.dataset.look = by.value === "land" || by.value === "missed" ? by.value : "verdict";
    data.second.forEach((id, n) => paint(1, n, seen(1, n), false, ""));
    data.first.forEach((id, n) => {
      const there = data.pair[n], a = seen(0, n);
      if (there < 0) return paint(0, n, a, false, "");
      const b = seen(1, there), differs = a.state !== b.state;
      paint(0, n, a, differs, "");
      paint(1, there, b, differs, arrow(a.value, b.value));
      if (differs) turned[way(a, b)].push(n);
      else if (a.value !== b.value) turned.moved.push(n);
    });
    pair.classList.toggle("some", turned.lost.length + turned.gained.length + turned.other.length > 0);
    pair.querySelectorAll("[data-for]").forEach((legend) => { legend.hidden = legend.dataset.for !== pair.dataset.look; });
    tell(turned);
    pair.dispatchEvent(new Event("relabelled"));
  }

  function way(a, b) {
    if (by.value === "missed") return Number(b.value) > Number(a.value) ? "lost" : Number(b.value) < Number(a.value) ? "gained" : "other";
    return a.state + b.state === "mn" ? "lost" : a.state + b.state === "nm" ? "gained" : "other";
  }

  function words(zh, en) { return [make("span", { lang: "zh" }, zh), make("span", { lang: "en" }, en)]; }
  function part(line, list, zh, en, css) {
    if (!list.length) return;
    line.append(make("b", { class: css }, words(zh + " " + list.length, en + " " + list.length)), " ");
    list.slice(0, 8).forEach((n) => line.append(make("button", {
      type: "button", onclick: () => pair.dispatchEvent(new CustomEvent("unit", { detail: "first " + n }))
    }, sides[0].labels[n].children[0].textContent)));
    line.append(list.length > 8 ? " … " : " ");
  }
  function tell(turned) {
    const line = make("p");
    said.textContent = "";
    if (by.value === "land") return;
    if (by.value === "missed") {
      part(line, turned.lost, "✗ 未达标指标增多", "✗ More targets missed:", "lost");
      part(line, turned.gained, "✓ 未达标指标减少", "✓ Fewer targets missed:", "gained");
    } else {
      part(line, turned.lost, "✗ 转为未达标", "✗ No longer met:", "lost");
      part(line, turned.gained, "✓ 转为达标", "✓ Now met:", "gained");
      part(line, turned.other, "结论另有变化", "Verdict changed otherwise:", "");
      part(line, turned.moved, "仅数值变化", "Only the value changed:", "");
    }
    if (!line.firstChild) line.append(...words("两个方案各单元相同", "The same in every unit of both plans"));
    said.append(line);
  }
  by.addEventListener("change", recolour);
  recolour();
})();
