(function () {
  "use strict";
  const choice = document.getElementById("colour-by"), units = document.querySelectorAll("path.unit");
  const verdicts = carbonspace.json("verdicts");
  if (!choice || !verdicts) return;
  choice.parentNode.hidden = false;
  choice.addEventListener("change", () => {
    const one = verdicts[choice.value];
    units.forEach((unit, n) => { unit.setAttribute("class", "unit " + (one ? "s-" + one[n] : unit.dataset.step)); });
    document.querySelectorAll(".by-count").forEach((e) => { e.style.display = one ? "none" : ""; });
    document.querySelectorAll(".by-verdict").forEach((e) => { e.hidden = !one; });
  });
})();
