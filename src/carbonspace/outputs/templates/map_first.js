/* The drawn map is not even laid out where another will stand: of a large plan it costs seconds. */
(function () {
  "use strict";
  const box = document.getElementById("explore");
  box.classList.add("scripted", "live");
  addEventListener("error", () => {
    if (!document.documentElement.dataset.ready) box.classList.remove("live");
  });
})();
