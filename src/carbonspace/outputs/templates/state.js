(function () {
  "use strict";
  const empty = { unit: null, by: "", mode: "verdict", show: null }, told = [];
  const state = Object.assign({}, empty);
  function units() { const data = carbonspace.json("plan-data"); return data ? data.places.id.slice(0, data.units) : []; }
  function known(key) { const data = carbonspace.json("plan-data"); return data && data.indicators.some((one) => one.key === key); }
  /* What an address asks for; null where it is an anchor of the page. */
  function read(hash) {
    if (hash !== "" && !hash.includes("=")) return null;
    const asked = new URLSearchParams(hash), unit = units().indexOf(asked.get("unit"));
    return {
      unit: unit < 0 ? null : unit,
      by: known(asked.get("by")) ? asked.get("by") : "",
      mode: asked.get("mode") === "value" ? "value" : "verdict",
      show: known(asked.get("show")) ? asked.get("show") : null,
    };
  }
  function written() {
    const parts = new URLSearchParams();
    if (state.unit !== null) parts.set("unit", units()[state.unit]);
    if (state.by) parts.set("by", state.by);
    if (state.mode !== "verdict") parts.set("mode", state.mode);
    if (state.show) parts.set("show", state.show);
    return parts.toString();
  }
  function change(changes) {
    const before = Object.assign({}, state);
    Object.assign(state, changes);
    if (Object.keys(empty).every((name) => state[name] === before[name])) return null;
    told.forEach((fn) => fn(state, before));
    return before;
  }
  function choose(changes) {
    const before = change(changes);
    if (!before) return;
    const hash = written(), address = location.pathname + location.search + (hash ? "#" + hash : "");
    const opened = before.unit === null && state.unit !== null;
    history[opened ? "pushState" : "replaceState"](null, "", address);
  }
  function follow() {
    const asked = read(location.hash.slice(1));
    if (asked) change(asked);
    return asked !== null;
  }
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  carbonspace.state = state;
  carbonspace.choose = choose;
  carbonspace.onChange = (fn) => told.push(fn);
  carbonspace.followAddress = follow;
})();
