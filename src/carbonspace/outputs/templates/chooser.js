/* The field that an indicator is chosen with: a list by theme that typing narrows, judged ones first. */
(function () {
  "use strict";
  const facts = carbonspace.facts, field = document.getElementById("colour-by"), list = document.getElementById("colour-list");
  if (!facts || !field) return;
  const { make, both, say } = carbonspace, ALL = ["未达标指标数", "Number of missed targets"];
  const missing = (one) => Array.from(one.status.slice(0, facts.units)).filter((d) => d === "0").length;
  let active = -1, options = [];
  function title(key) { return key ? facts.indicator(key).title : ALL; }
  function option(key, one) {
    const missed = one ? missing(one) : 0, made = make("li", { role: "option", id: "colour-" + (key || "all"), "data-key": key },
      make("span", {}, both(title(key))), one && one.unit && make("small", {}, one.unit),
      missed > 0 && make("small", { class: "missed" }, "✗ " + missed));
    made.words = (title(key).join(" ") + " " + key).toLowerCase();
    made.addEventListener("mousedown", (event) => { event.preventDefault(); take(key); });
    return made;
  }
  function group(theme, judged) {
    const found = facts.data.indicators.filter((one) => one.theme === theme && one.judged === judged);
    if (!found.length) return null;
    const id = "colours-of-" + theme + (judged ? "" : "-other"), words = facts.data.themes[theme].title;
    const head = judged ? words : [words[0] + "（无目标）", words[1] + " (without a target)"];
    return make("ul", { role: "group", "aria-labelledby": id }, make("li", { role: "presentation", id, class: "head" }, both(head)),
      found.map((one) => option(one.key, one)));
  }
  function fill() {
    const themes = facts.data.themes.map((_, n) => n);
    list.append(option("", null), ...[true, false].flatMap((judged) => themes.map((n) => group(n, judged)).filter(Boolean)));
    options = Array.from(list.querySelectorAll("[role=option]"));
  }
  function seen() { return options.filter((one) => !one.hidden); }
  function narrow(words) {
    const asked = words.trim().toLowerCase().split(/\s+/);
    options.forEach((one) => { one.hidden = !asked.every((word) => one.words.includes(word)); });
    list.querySelectorAll("[role=group]").forEach((one) => { one.hidden = !one.querySelector("[role=option]:not([hidden])"); });
    document.getElementById("colour-none").hidden = seen().length > 0;
  }
  function mark(n) {
    const found = seen();
    active = found.length ? (n + found.length) % found.length : -1;
    options.forEach((one) => one.classList.toggle("active", active >= 0 && one === found[active]));
    if (active < 0) { field.removeAttribute("aria-activedescendant"); return; }
    field.setAttribute("aria-activedescendant", found[active].id);
    found[active].scrollIntoView({ block: "nearest" });
  }
  function isOpen() { return field.getAttribute("aria-expanded") === "true"; }
  function open() {
    if (isOpen()) return;
    field.setAttribute("aria-expanded", "true");
    list.parentNode.hidden = false;
    narrow("");
    mark(seen().findIndex((one) => one.dataset.key === carbonspace.state.by));
  }
  function close() {
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    list.parentNode.hidden = true;
    told();
  }
  function take(key) { close(); carbonspace.choose({ by: key, show: null }); }
  function told() {
    field.value = say(title(carbonspace.state.by));
    options.forEach((one) => one.setAttribute("aria-selected", String(one.dataset.key === carbonspace.state.by)));
  }
  const keys = {
    ArrowDown() { if (isOpen()) mark(active + 1); else open(); },
    ArrowUp() { if (isOpen()) mark(active - 1); else open(); },
    Enter() { if (isOpen() && active >= 0) take(seen()[active].dataset.key); else open(); },
    Escape() { close(); },
  };
  field.addEventListener("keydown", (event) => {
    if (!keys[event.key] || (event.key === "Escape" && !isOpen())) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
  field.addEventListener("focus", () => field.select());
  field.addEventListener("click", open);
  field.addEventListener("input", () => { open(); narrow(field.value); mark(0); });
  field.addEventListener("blur", close);
  fill();
  carbonspace.onChange(told);
  carbonspace.onLanguage(told);
  told();
})();
