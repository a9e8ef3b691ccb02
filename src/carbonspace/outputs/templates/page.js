(function () {
  "use strict";
  const root = document.documentElement, key = "carbonspace-language", told = [], parsed = {};
  function kept() { try { return localStorage.getItem(key); } catch (e) { return null; } }
  function keep(lang) { try { localStorage.setItem(key, lang); } catch (e) { return; } }
  function lang() { return root.dataset.lang === "en" ? "en" : "zh"; }
  function say(text) { return text ? text[lang() === "zh" ? 0 : 1] : ""; }
  function show(chosen) {
    root.dataset.lang = chosen;
    root.lang = chosen === "zh" ? "zh-Hans" : "en";
    document.getElementById("lang-" + chosen).checked = true;
    document.querySelectorAll("[data-zh]").forEach((e) => { e.textContent = e.dataset[chosen]; });
    told.forEach((fn) => fn(chosen));
  }
  function json(id) {
    const held = document.getElementById(id);
    if (!(id in parsed)) parsed[id] = held ? JSON.parse(held.textContent) : null;
    return parsed[id];
  }
  /* A figure as Python's format(value, "z,.2f") writes it: ties go to the even digit. */
  function number(value, decimals) {
    if (value === null || value === undefined || isNaN(value)) return "—";
    const size = Math.abs(value), exact = size.toFixed(Math.min(decimals + 24, 100));
    let digits = size.toFixed(decimals);
    const point = exact.indexOf("."), rest = exact.slice(point + 1 + decimals);
    if (/^50*$/.test(rest) && /[13579]$/.test(digits)) digits = exact.slice(0, decimals ? point + 1 + decimals : point);
    const parts = digits.split(".");
    parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, ",");
    return (value < 0 && /[1-9]/.test(digits) ? "−" : "") + parts.join(".");
  }
  /* How many digits show that a figure is off its targets, as model/shortfall.py tells: 99.997 is not 100.00. */
  function digits(decimals, margins) {
    const off = Math.min(...margins.filter((one) => one).map(Math.abs));
    let told = decimals;
    while (off < Infinity && told < 6 && !Number(off.toFixed(told))) told += 1;
    return told;
  }
  /* Text of the data that must not turn what stands beside it around, as outputs/direction.py has it. */
  const SAID = ["title", "aria-label"], MARKS = /[\u202a-\u202e\u2066-\u2069]/g, LEFTWARD = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
  function alone(text) {
    if (/^[\x20-\x7e]*$/.test(text) || /^\u2068[^\u202a-\u202e\u2066-\u2069]*\u2069$/.test(text)) return text;
    const told = text.replace(MARKS, (one) => "[U+" + one.charCodeAt(0).toString(16).toUpperCase() + "]");
    return LEFTWARD.test(told) ? "\u2068" + told + "\u2069" : told;
  }
  /* make("td", { class: "num", onclick: fn }, "text", other): texts are never read as HTML. */
  function make(tag, given, ...inside) {
    const drawn = ["svg", "rect", "path", "line", "g"].includes(tag);
    const made = drawn ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    Object.entries(given || {}).forEach(([name, value]) => {
      if (value === null || value === undefined || value === false) return;
      if (typeof value === "function") made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : SAID.includes(name) ? alone(String(value)) : value);
    });
    made.append(...inside.flat(Infinity).filter((one) => one || one === 0).map((one) => (typeof one === "string" ? alone(one) : one)));
    return made;
  }
  /* Words in both languages, of which the page shows one; a string is the same in both. */
  function both(text) {
    if (!Array.isArray(text)) return [text];
    return text[0] === text[1] ? [text[0]] : [make("span", { lang: "zh" }, text[0]), make("span", { lang: "en" }, text[1])];
  }
  /* Words in both languages for where there can be no elements. */
  function joined(text) { return text[0] === text[1] ? text[0] : text[0] + " · " + text[1]; }
  /* An attribute in the language of the page, now and when it is switched. */
  function labelled(element, name, text) {
    const set = () => element.setAttribute(name, say(text));
    set();
    told.push(set);
    return element;
  }
  /* What stands behind the scripts can be read then. */
  const whole = new Promise((done) => { if (document.readyState === "loading") addEventListener("DOMContentLoaded", done); else done(); });
  window.carbonspace = { lang, say, json, number, digits, make, both, joined, alone, labelled, whole, onLanguage: (fn) => told.push(fn) };
  const browser = /^zh/i.test(navigator.language || "") ? "zh" : "en";
  const asked = new URLSearchParams(location.search).get("lang");
  show(asked === "zh" || asked === "en" ? asked : kept() || browser);
  ["zh", "en"].forEach((one) => {
    document.getElementById("lang-" + one).addEventListener("change", () => { keep(one); show(one); });
  });
  /* What scrolls and holds nothing to be reached by keys is reached itself. */
  document.querySelectorAll(".scroll").forEach((one) => {
    if (one.querySelector("a, button, input, [tabindex], [data-sort]")) return;
    one.tabIndex = 0;
    one.setAttribute("role", "group");
    labelled(one, "aria-label", ["可横向滚动的表格", "Table that scrolls sideways"]);
  });
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details:not([open])").forEach((one) => { one.open = true; one.dataset.printed = "1"; });
  });
  addEventListener("afterprint", () => {
    document.querySelectorAll("details[data-printed]").forEach((one) => { one.open = false; delete one.dataset.printed; });
  });
  addEventListener("DOMContentLoaded", () => {
    if (!document.getElementById("explore")) root.dataset.ready = "1";
  });
})();
