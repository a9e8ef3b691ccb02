(function () {
  "use strict";
  if (!carbonspace.plan) return;
  const plan = carbonspace.plan, make = carbonspace.make, data = plan.data, mostPrinted = 5000;
  const { both, joined, paged, named } = carbonspace.tables, noData = data.statuses.indexOf("no_data");
  const city = data.places.kind.indexOf("c"), elsewhere = document.getElementById("values-elsewhere");
  const themes = Array.from(document.querySelectorAll("details.values"));

  function tag(shown, css, text) { return shown ? [" ", make("span", { class: "tag" + css }, both(text))] : []; }
  function head(one) {
    return make("th", { scope: "col", class: "num" }, both(one.title), tag(!one.verified, " warn", ["未核实", "unverified"]),
      tag(one.reported, "", ["填报", "reported"]), make("br"), make("small", null, one.unit),
      one.made ? make("span", { class: "with" }, both(one.made)) : null);
  }
  function link(one, place) {
    if (place < data.units) return plan.address(place, one.key);
    return document.getElementById("city-" + one.key) ? "#city-" + one.key : null;
  }
  function cell(one, place) {
    const status = plan.status(one, place);
    if (status === null) return make("td", { class: "c" });
    const look = data.looks[status], reason = plan.verdicts(one, place)[0].reason, href = link(one, place), defined = plan.defined(one, place);
    const inside = [make("b", null, plan.sign(one, place)), plan.told(one, place)], title = [defined, reason || look.title].filter(Boolean).map(joined).join("\n");
    return make("td", { class: "c " + data.statuses[status] }, make(href ? "a" : "p", { href: href, title: title }, inside));
  }
  function told(indicators, place) { return indicators.some((one) => plan.status(one, place) !== null); }
  function rows(indicators) {
    const units = Array.from({ length: data.units }, (_, n) => n);
    return (city < 0 ? [] : [city]).concat(units).filter((place) => told(indicators, place));
  }
  function notes(indicators) {
    const defined = indicators.flatMap((one) => carbonspace.facts.otherwise(one).map((text) =>
      make("p", { class: "note" }, "* ", both(one.title), both(["：结论按条文口径（" + text[0] + "）", ": the verdict is as the clause defines it (" + text[1] + ")"]))));
    const said = indicators.filter((one) => city >= 0 && one.reported && plan.status(one, city) !== null && plan.status(one, city) !== noData);
    return [...defined, ...said.map((one) => make("p", { class: "note" }, both(one.title), ": ", both(plan.verdicts(one, city)[0].reason || ["", ""])))];
  }
  function build(details) {
    if (details.dataset.built) return;
    details.dataset.built = "1";
    const theme = data.themes.findIndex((one) => one.key === details.dataset.theme);
    const indicators = data.indicators.filter((one) => one.theme === theme);
    const body = make("tbody"), more = make("button", { type: "button", class: "more" });
    const top = make("thead", null, make("tr", null, make("th", { scope: "col" }, both(["单元", "Unit"])), indicators.map(head)));
    paged(body, rows(indicators), (place) => make("tr", { class: place === city ? "city" : null }, named(place), indicators.map((one) => cell(one, place))), more, indicators.length);
    details.querySelector("p").remove();
    details.append(make("div", { class: "scroll" }, make("table", null, top, body)), more, ...notes(indicators));
  }
  /* A link to a theme opens it, even where the address has it already. */
  function open(hash) {
    const details = themes.find((one) => "#" + one.id === hash);
    if (details) details.open = true;
  }
  themes.forEach((one) => one.addEventListener("toggle", () => { if (one.open && !one.dataset.printed) build(one); }));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#theme-']");
    if (link) open(link.getAttribute("href"));
  });
  addEventListener("hashchange", () => open(location.hash));
  open(location.hash);
  addEventListener("beforeprint", () => {
    if (data.indicators.length * data.places.id.length <= mostPrinted) themes.forEach(build);
    elsewhere.hidden = themes.every((one) => one.dataset.built);
  });
  addEventListener("afterprint", () => { elsewhere.hidden = true; });
})();
