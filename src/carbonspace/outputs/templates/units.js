/* The list of units beside the map: found by name, the worst first. */
(function () {
  "use strict";
  const facts = carbonspace.facts, list = document.getElementById("unit-list");
  if (!facts || !list) return;
  const { make, both, joined } = carbonspace, FIRST = 60, find = document.getElementById("pick-unit"), data = facts.data;
  let order = [], shown = FIRST;
  function bar(unit) {
    const counts = [["not_met", data.places.missed[unit]], ["met", data.places.met[unit]]], all = counts[0][1] + counts[1][1];
    return make("span", { class: "stack", "aria-hidden": "true" },
      counts.map(([status, n]) => n > 0 && make("i", { class: status, style: "width:" + 100 * n / all + "%" })));
  }
  function figure(unit, one) {
    const status = facts.status(one, unit), look = status && facts.look(status), defined = facts.defined(one, unit);
    return make("span", { class: "figure", title: defined && joined(defined) }, look && make("b", { class: status }, facts.sign(one, unit) + " "),
      look && make("span", { class: "unseen" }, both(look.title)), " ", facts.told(one, unit), defined && make("span", { class: "unseen" }, " ", both(defined)));
  }
  function counted(unit) {
    const { missed, met } = data.places;
    return make("span", { class: "figure" }, make("span", { class: "unseen" }, both(["未达标 ", "missed "])), make("b", { class: missed[unit] ? "not_met" : "" }, "✗ " + missed[unit]),
      " ", make("span", { class: "unseen" }, both(["达标 ", "met "])), "✓ " + met[unit]);
  }
  function item(unit) {
    const one = facts.indicator(carbonspace.state.by), id = data.places.id[unit];
    return make("li", {}, make("button", { type: "button", "data-unit": unit, onclick: () => carbonspace.choose({ unit }) },
      make("span", { class: "name" }, facts.name(unit), facts.name(unit) !== id && make("small", {}, " " + id)),
      one ? figure(unit, one) : [bar(unit), counted(unit)]));
  }
  function found() {
    const words = find.value.trim().toLowerCase();
    return order.filter((unit) => (facts.name(unit) + " " + data.places.id[unit]).toLowerCase().includes(words));
  }
  function draw() {
    const units = found(), more = units.length - shown;
    list.replaceChildren(...units.slice(0, shown).map(item));
    if (more > 0) {
      list.append(make("li", {}, make("button", { type: "button", class: "more", onclick: () => { shown += 10 * FIRST; draw(); } },
        both(["再列出 " + Math.min(more, 10 * FIRST) + " 个（还有 " + more + " 个）", "Show " + Math.min(more, 10 * FIRST) + " more (of " + more + ")"]))));
    }
    document.getElementById("units-found").replaceChildren(...both([units.length + " / " + facts.units + " 个单元", units.length + " / " + facts.units + " units"]));
  }
  function sort() {
    order = facts.unitsWorstFirst(carbonspace.state.by);
    shown = FIRST;
    draw();
  }
  find.addEventListener("input", () => { shown = FIRST; draw(); });
  find.addEventListener("keydown", (event) => {
    const first = found()[0];
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "Enter" && first !== undefined) carbonspace.choose({ unit: first });
  });
  carbonspace.onChange((state, before) => { if (state.by !== before.by) sort(); });
  carbonspace.unitsInOrder = () => order;
  carbonspace.focusUnit = (unit) => { const one = list.querySelector("[data-unit='" + unit + "']"); if (one) one.focus(); return Boolean(one); };
  sort();
})();
