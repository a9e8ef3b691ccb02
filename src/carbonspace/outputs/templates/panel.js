/* The panel of the chosen unit: what it is, how it stands, and its indicators, the worst first. */
(function () {
  "use strict";
  const facts = carbonspace.facts, panel = document.getElementById("unit-panel");
  if (!facts || !panel) return;
  const { make, both, number } = carbonspace, data = facts.data, part = (name) => panel.querySelector("[data-part=" + name + "]");
  const JUDGED = ["not_met", "exempt", "met"], TOLD = ["not_met", "exempt", "met", "no_data"];
  const asks = { missed: (s) => s === "not_met", judged: (s) => JUDGED.includes(s), all: () => true };
  let wanted = "missed", theme = "";
  function about(place) {
    const found = data.places, fact = (name, value, unit) => value !== null && value !== undefined &&
      make("span", {}, both(name), " ", make("b", {}, value + (unit || "")));
    return [fact(["编号", "Id"], found.id[place]), fact(["面积", "Area"], found.area_km2[place] === null ? null : number(found.area_km2[place], 3), " km²"),
      fact(["人口", "Residents"], found.people[place] === null ? null : number(found.people[place], 0)),
      fact(["就业岗位", "Jobs"], found.jobs[place] === null ? null : number(found.jobs[place], 0))].filter(Boolean);
  }
  function chips(place) {
    const counts = facts.counts(place);
    return TOLD.filter((s) => s !== "exempt" || counts.exempt).map((s) => make("span", { class: "v v-" + s },
      make("b", { "aria-hidden": "true" }, facts.look(s).symbol), String(counts[s]), " ", both(facts.look(s).title)));
  }
  function measures(place) {
    const found = facts.ranked(place);
    const count = (name) => found.filter((one) => asks[name](facts.status(one, place))).length;
    ["missed", "judged", "all"].forEach((name) => { part("count-" + name).textContent = count(name); });
    const shown = found.filter((one) => asks[wanted](facts.status(one, place)) && (theme === "" || one.theme === Number(theme)));
    const none = { missed: ["没有未达标的指标。", "No target is missed here."], judged: ["没有可判定的指标。", "Nothing could be judged here."], all: ["没有指标。", "No indicators."] };
    return shown.length ? shown.map((one) => make("li", {}, carbonspace.measure(one, place))) : [make("li", { class: "note" }, both(none[wanted]))];
  }
  function themes(place) {
    const held = part("theme"), there = new Set(facts.ranked(place).map((one) => one.theme)), option = (value, [zh, en]) =>
      make("option", { value, "data-zh": zh, "data-en": en }, carbonspace.say([zh, en]));
    if (!there.has(Number(theme))) theme = "";
    held.replaceChildren(option("", ["全部主题", "All themes"]), ...data.themes.flatMap((one, n) => (there.has(n) ? [option(n, one.title)] : [])));
    held.value = theme;
  }
  function drawList() {
    const place = carbonspace.state.unit, opened = Array.from(panel.querySelectorAll("details.measure[open]"), (one) => one.dataset.key);
    part("measures").replaceChildren(...measures(place));
    opened.forEach((key) => openMeasure(key));
    panel.querySelectorAll("[data-ask]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.ask === wanted)));
  }
  function openMeasure(key) {
    const found = Array.from(panel.querySelectorAll("details.measure")).find((one) => one.dataset.key === key);
    if (!found) return null;
    found.fill();
    found.open = true;
    return found;
  }
  function neighbours(unit) {
    const order = carbonspace.unitsInOrder(), at = order.indexOf(unit);
    ["previous", "next"].forEach((name, n) => {
      const to = order[at + (n ? 1 : -1)], button = part(name);
      button.disabled = to === undefined;
      button.onclick = () => carbonspace.choose({ unit: to });
    });
    part("where").textContent = at + 1 + " / " + order.length;
  }
  function draw(unit) {
    part("name").textContent = carbonspace.alone(facts.name(unit));
    part("about").replaceChildren(...about(unit));
    part("chips").replaceChildren(...chips(unit));
    part("page").setAttribute("href", data.places.page[unit]);
    neighbours(unit);
    themes(unit);
    drawList();
    part("scroll").scrollTop = 0;
  }
  /* The indicator that was asked for is opened, whatever the filter shows. */
  carbonspace.reveal = function (key) {
    const one = facts.indicator(key), status = one && facts.status(one, carbonspace.state.unit);
    if (!one || status === null) return;
    if (!asks[wanted](status)) wanted = JUDGED.includes(status) ? "judged" : "all";
    if (theme !== "" && Number(theme) !== one.theme) { theme = ""; part("theme").value = ""; }
    drawList();
    const found = openMeasure(key), scroll = part("scroll");
    if (found) scroll.scrollTop += found.getBoundingClientRect().top - scroll.getBoundingClientRect().top - part("name").offsetHeight + 8;
  };
  panel.querySelectorAll("[data-ask]").forEach((one) => one.addEventListener("click", () => { wanted = one.dataset.ask; drawList(); }));
  part("theme").addEventListener("change", (event) => { theme = event.target.value; drawList(); });
  part("close").addEventListener("click", () => carbonspace.choose({ unit: null, show: null }));
  part("grip").addEventListener("click", () => {
    const small = panel.classList.toggle("small");
    part("grip").setAttribute("aria-expanded", String(!small));
  });
  addEventListener("beforeprint", () => panel.querySelectorAll("details.measure").forEach((one) => one.fill()));
  carbonspace.drawPanel = draw;
  carbonspace.onChange((state, before) => {
    if (state.unit !== null && state.by !== before.by && state.unit === before.unit) neighbours(state.unit);
    panel.querySelectorAll("[data-show]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.show === state.show)));
  });
})();
