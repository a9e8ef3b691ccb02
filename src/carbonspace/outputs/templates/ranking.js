(function () {
  "use strict";
  const table = document.getElementById("ranking-table"), tools = document.getElementById("ranking-tools");
  if (!table || !tools || !carbonspace.plan) return;
  const plan = carbonspace.plan, make = carbonspace.make, data = plan.data, places = data.places;
  const { both, joined, paged, whenNear, named } = carbonspace.tables, { say } = carbonspace;
  const find = document.getElementById("find-unit"), only = document.getElementById("only-missing");
  const theme = document.getElementById("only-theme"), shown = document.getElementById("shown-units");
  const more = document.getElementById("more-units"), few = 2000, most = 20000;
  const judged = data.indicators.filter((one) => one.judged), missed = String(data.statuses.indexOf("not_met"));
  const units = Array.from({ length: data.units }, (_, n) => n).sort((a, b) => places.missed[b] - places.missed[a] || a - b);
  const words = units.reduce((all, n) => { all[n] = (places.id[n] + " " + places.name[n]).toLowerCase(); return all; }, []);
  const fixed = [
    { by: "name", title: ["单元", "Unit"] },
    { by: "missed", title: data.looks[data.statuses.indexOf("not_met")].title, sign: "✗" },
    { by: "met", title: data.looks[data.statuses.indexOf("met")].title, sign: "✓" },
  ];
  let by = "missed", up = false, found = units;

  function columns() { return judged.filter((one) => theme.value === "" || data.themes[one.theme].key === theme.value); }
  function figure(place) {
    return by === "missed" || by === "met" ? places[by][place] : plan.shown(plan.indicator(by), place).value;
  }
  function ordered(chosen) {
    const turn = up ? 1 : -1, collator = new Intl.Collator("zh");
    if (by === "name") return chosen.sort((a, b) => turn * collator.compare(places.name[a], places.name[b]));
    return chosen.sort((a, b) => {
      const x = figure(a), y = figure(b);
      return x === null || y === null ? (x === null) - (y === null) : turn * (x - y);
    });
  }
  function misses(place) {
    if (only.value === "*") return places.missed[place] > 0;
    return only.value === "" || plan.indicator(only.value).status[place] === missed;
  }
  function sort(next) {
    up = by === next ? !up : next === "name";
    by = next;
    fill();
  }

  function head(one, key) {
    const sorted = by === one.by ? (up ? "ascending" : "descending") : null;
    const press = { type: "button", title: joined(one.title), onclick: () => sort(one.by) };
    const title = key ? make("span", { class: "turn" }, both(one.title)) : one.sign || both(one.title);
    return make("th", { scope: "col", class: key ? null : one.sign ? "top num" : "top", "data-by": one.by, "data-key": key, "aria-sort": sorted }, make("button", press, title));
  }
  function heads() {
    const blank = make("th", { scope: "col", class: "top" }, make("span", { class: "unseen" }, both(["比例", "Shares"]))), keyed = columns().map((one) => head({ by: one.key, title: one.title }, one.key));
    table.tHead.rows[0].replaceChildren(...fixed.map((one) => head(one)), blank, ...keyed);
  }
  function sortMarks() {
    Array.from(table.tHead.rows[0].cells).forEach((cell) => {
      if (cell.dataset.by === by) cell.setAttribute("aria-sort", up ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    });
  }
  function stack(place) {
    const counts = ["not_met", "met", "no_data"].map((status) => {
      const digit = String(data.statuses.indexOf(status));
      return [status, judged.reduce((sum, one) => sum + (one.status[place] === digit), 0)];
    }).filter((one) => one[1] > 0);
    const total = counts.reduce((sum, one) => sum + one[1], 0);
    const said = counts.map(([status, count]) => joined(data.looks[data.statuses.indexOf(status)].title) + " " + count).join("; ");
    return make("div", { class: "stack", role: "img", "aria-label": said },
      counts.map(([status, count]) => make("i", { class: status, style: "width:" + (100 * count / total).toFixed(2) + "%" })));
  }
  function targets(one, place) {
    return one.held.filter((held) => held.status[place] !== ".").map((held) => data.rules[held.rule].target).filter((said) => said).join("; ");
  }
  function cell(one, place) {
    const status = plan.status(one, place);
    if (status === null) return make("td", { class: "k" });
    const look = data.looks[status], defined = plan.defined(one, place), target = targets(one, place);
    const title = joined(one.title) + ": " + plan.told(one, place) + " " + one.unit + " – " + joined(look.title) + (target ? " (" + target + ")" : "") + (defined ? "\n" + joined(defined) : "");
    return make("td", { class: "k" }, make("a", { class: data.statuses[status], href: plan.address(place, one.key), title: title }, look.symbol));
  }
  function row(chosen) {
    return (place) => make("tr", { "data-unit": places.id[place] }, named(place),
      make("td", { class: "num" }, make("b", null, places.missed[place])), make("td", { class: "num" }, places.met[place]),
      make("td", { class: "share" }, stack(place)), chosen.map((one) => cell(one, place)));
  }
  function fill() {
    const asked = find.value.trim().toLowerCase();
    found = ordered(units.filter((place) => words[place].includes(asked) && misses(place)));
    paged(table.tBodies[0], found, row(columns()), more, columns().length);
    shown.textContent = found.length + " / " + units.length;
    sortMarks();
  }
  function choose() {
    if (plan.indicator(by) && !columns().includes(plan.indicator(by))) { by = "missed"; up = false; }
    heads();
    fill();
  }
  function hasOthers(one) { return carbonspace.facts.otherwise(one).length > 0; }
  function lines() {
    const chosen = columns(), verdict = ["：结论", ": verdict"], other = ["：结论所依据的数值（条文口径不同时）", ": the figure judged, where the clause defines another"];
    const top = [["单元编号", "Unit id"], ["单元", "Unit"], fixed[1].title, fixed[2].title].map(say);
    chosen.forEach((one) => {
      top.push(say(one.title) + (one.unit ? " (" + one.unit + ")" : ""), say(one.title) + say(verdict));
      if (hasOthers(one)) top.push(say(one.title) + say(other));
    });
    return [top].concat(found.map((place) => {
      const cells = [carbonspace.plainText(places.id[place]), carbonspace.plainText(places.name[place]), places.missed[place], places.met[place]];
      chosen.forEach((one) => {
        const value = plan.value(one, place), status = plan.status(one, place);
        cells.push(value === null ? "" : value, status === null ? "" : say(data.looks[status].title));
        if (hasOthers(one)) cells.push(plan.shown(one, place).other ? plan.shown(one, place).value ?? "" : "");
      });
      return cells;
    }));
  }
  function option(value, title) {
    return make("option", { value: value, "data-zh": title[0], "data-en": title[1] }, say(title));
  }
  only.append(option("", ["全部单元", "all units"]), option("*", ["有未达标指标的单元", "units that miss a target"]),
    ...judged.map((one) => option(one.key, ["未达标：" + one.title[0], "that miss: " + one.title[1]])));
  const there = data.themes.filter((_, n) => judged.some((one) => one.theme === n));
  theme.append(option("", ["全部主题", "all themes"]), ...there.map((one) => option(one.key, one.title)));
  if (judged.length * units.length > most) theme.value = there[0].key;
  const button = document.getElementById("export-csv");
  button.addEventListener("click", () => carbonspace.saveCsv(say([button.dataset.name, button.dataset.english]), lines()));
  tools.addEventListener("submit", (event) => event.preventDefault());
  find.addEventListener("input", fill);
  only.addEventListener("change", fill);
  theme.addEventListener("change", choose);
  tools.hidden = false;
  document.getElementById("ranking-static").hidden = true;
  if (judged.length * units.length <= few) choose();
  else whenNear(table, choose);
})();
