(function () {
  var root = document.documentElement, key = "carbonspace-language";
  function kept() { try { return localStorage.getItem(key); } catch (e) { return null; } }
  function keep(lang) { try { localStorage.setItem(key, lang); } catch (e) { return; } }
  function show(lang) {
    root.dataset.lang = lang;
    root.lang = lang === "zh" ? "zh-Hans" : "en";
    document.getElementById("lang-" + lang).checked = true;
    document.querySelectorAll("[data-zh]").forEach(function (e) { e.textContent = e.dataset[lang]; });
  }
  var browser = /^zh/i.test(navigator.language || "") ? "zh" : "en";
  var asked = new URLSearchParams(location.search).get("lang");
  show(asked === "zh" || asked === "en" ? asked : kept() || browser);
  ["zh", "en"].forEach(function (lang) {
    document.getElementById("lang-" + lang).addEventListener("change", function () { keep(lang); show(lang); });
  });
  var data = document.getElementById("verdicts"), choice = document.getElementById("colour-by");
  if (data && choice) {
    var verdicts = JSON.parse(data.textContent), units = document.querySelectorAll("path.unit");
    choice.parentNode.hidden = false;
    choice.addEventListener("change", function () {
      var one = verdicts[choice.value];
      units.forEach(function (u, i) { u.setAttribute("class", "unit " + (one ? "s-" + one[i] : u.dataset.step)); });
      document.querySelectorAll(".by-count").forEach(function (e) { e.style.display = one ? "none" : ""; });
      document.querySelectorAll(".by-verdict").forEach(function (e) { e.hidden = !one; });
    });
  }
  addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  });
  root.dataset.ready = "1";
})();
