/* Both maps: side by side, one above the other with a divider, or blended; with or without edits. */
(function () {
  "use strict";
  const pair = document.querySelector("#both .pair"), tools = document.getElementById("both-tools");
  if (!pair || !tools) return;
  const at = document.getElementById("both-at"), flip = document.getElementById("both-flip");
  const edits = document.getElementById("both-edits");
  const names = { swipe: "分隔线位置 Position of the divider", blend: "后一方案的不透明度 Opacity of the second plan" };

  function put() {
    pair.style.setProperty("--at", at.value);
    at.setAttribute("aria-valuetext", at.value + " %");
  }

  function look(way) {
    pair.dataset.way = way;
    tools.querySelector("[value=" + way + "]").checked = true;
    at.hidden = way === "side";
    flip.hidden = way !== "blend";
    if (names[way]) at.setAttribute("aria-label", names[way]);
  }

  tools.querySelectorAll("[name=both-way]").forEach((radio) => {
    radio.addEventListener("change", () => look(radio.value));
  });
  at.addEventListener("input", put);
  flip.addEventListener("click", () => {
    at.value = Number(at.value) > 50 ? 0 : 100;
    put();
  });
  if (edits) edits.addEventListener("change", () => pair.classList.toggle("with-edits", edits.checked));
  tools.addEventListener("submit", (event) => event.preventDefault());
  pair.classList.add("live", "with-edits");
  pair.querySelector(".gauge").hidden = false;
  tools.hidden = false;
  look(innerWidth > 860 ? "side" : "swipe");
  put();
})();
