(function () {
  "use strict";
  const choice = document.getElementById("colour-by"), verdicts = carbonspace.json("verdicts");
  if (!choice || !verdicts) return;
  const section = choice.closest("section"), units = section.querySelectorAll("path.unit");
  choice.parentNode.hidden = false;
  choice.addEventListener("change", () => {
    const one = verdicts[choice.value];
    units.forEach((unit, n) => { unit.setAttribute("class", "unit " + (one ? "s-" + one[n] : unit.dataset.step)); });
    section.querySelectorAll(".by-count").forEach((e) => { e.style.display = one ? "none" : ""; });
    section.querySelectorAll(".by-verdict").forEach((e) => { e.hidden = !one; });
  });
})();
