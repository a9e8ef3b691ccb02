/* The drawn map of the page as a view: for print, and where there is no other. */
(function () {
  "use strict";
  const svg = document.querySelector("#map figure.static svg");
  if (!carbonspace.facts || !svg) return;
  const units = Array.from(svg.querySelectorAll("path.unit")), told = [];
  const notes = new Map(Array.from(svg.querySelectorAll(".label[data-of]"), (one) => [one.dataset.of, one.querySelector(".mark")]));
  const outline = svg.appendChild(carbonspace.make("path", { class: "chosen", d: "" }));
  units.forEach((path, unit) => {
    path.parentNode.addEventListener("click", (event) => {
      if (!told.length) return;
      event.preventDefault();
      told.forEach((fn) => fn(unit));
    });
  });
  carbonspace.staticMap = {
    ready: Promise.resolve(),
    colour(fn) {
      units.forEach((path, unit) => {
        const { fill, opacity, note } = fn(unit), mark = notes.get(path.dataset.of);
        path.style.fill = fill;
        path.style.fillOpacity = opacity;
        if (mark) mark.textContent = note;
      });
    },
    select(unit) { outline.setAttribute("d", unit === null ? "" : units[unit].getAttribute("d")); },
    evidence: () => [], onUnit: (fn) => told.push(fn), fit() {}, land() {}, resize() {}, language() {},
  };
})();
