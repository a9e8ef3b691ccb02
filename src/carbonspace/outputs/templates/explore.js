/* The map, the list of units and the panel together; the address says what is chosen. */
(function () {
  "use strict";
  const root = document.documentElement, facts = carbonspace.facts, box = document.getElementById("explore");
  if (!facts || !box) {
    if (box) box.classList.remove("live");
    root.dataset.ready = "1";
    return;
  }
  const { state, choose } = carbonspace, live = document.getElementById("live-map"), panel = document.getElementById("unit-panel");
  const bar = document.getElementById("explore-bar"), drawn = carbonspace.staticMap;
  let view = drawn, opener = null, said = null;
  const calm = matchMedia("(prefers-reduced-motion: reduce)"), phone = matchMedia("(max-width: 860px)");
  function announce(text) { said = text; document.getElementById("explore-said").textContent = carbonspace.say(text); }
  carbonspace.announce = announce;
  carbonspace.noEvidence = (one) => {
    if (one.reported) return ["填报值没有空间依据。", "A reported figure has no features behind it."];
    if (!one.evidence) return ["结果中没有这一数值背后的要素；用 --evidence all 运行会写出全部依据。", "The results hold no features behind this figure; a run with --evidence all writes all that there are."];
    if (view.lacks && view.lacks(one.key)) return ["该依据过大，未放入本页；全部要素见 results.gpkg。", "This evidence is too large for the page; all of it is in results.gpkg."];
    return null;
  };
  function views() { return view === drawn ? [drawn] : [view, drawn]; }
  function colour() {
    const colouring = carbonspace.colouring(state);
    views().forEach((one) => one.colour(colouring.colour));
    carbonspace.drawLegend(colouring);
    bar.querySelectorAll("[name=mode]").forEach((one) => { one.checked = one.value === state.mode; one.disabled = !state.by; });
  }
  function evidence() {
    const asked = facts.indicator(state.show), one = asked && !carbonspace.noEvidence(asked) ? asked : undefined;
    Promise.resolve(view.evidence(one ? one.key : null, state.unit)).then((kinds) => {
      if (facts.indicator(state.show) !== asked) return;
      carbonspace.drawEvidence(one, state.unit, kinds || []);
      if (!one) return;
      const count = (kinds || []).reduce((sum, kind) => sum + kind.count, 0);
      announce(["地图显示：" + one.title[0] + "，" + count + " 处", "On the map: " + one.title[1] + ", " + count + (count === 1 ? " feature" : " features")]);
    });
  }
  function inside(element) { return element && element !== document.body && element.isConnected; }
  function openPanel() {
    const was = box.classList.contains("chosen"), unit = state.unit, heading = panel.querySelector("[data-part=name]");
    if (!was) opener = document.activeElement;
    box.classList.add("chosen");
    panel.hidden = false;
    carbonspace.drawPanel(unit);
    const counts = facts.counts(unit);
    const name = carbonspace.alone(facts.name(unit));
    announce([name + "：" + counts.not_met + " 项未达标，" + counts.met + " 项达标", name + ": " + counts.not_met + " missed, " + counts.met + " met"]);
    if (root.dataset.ready && (!was || !panel.contains(document.activeElement))) heading.focus({ preventScroll: true });
    if (phone.matches && !was) box.querySelector(".stage").scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }
  function closePanel(unit) {
    box.classList.remove("chosen");
    panel.hidden = true;
    announce(["已返回全部单元", "Back to all units"]);
    if (inside(opener) && !opener.closest("#unit-list")) opener.focus({ preventScroll: true });
    else if (!carbonspace.focusUnit(unit)) document.getElementById("pick-unit").focus({ preventScroll: true });
    opener = null;
  }
  carbonspace.onChange((now, before) => {
    if (now.by !== before.by || now.mode !== before.mode) colour();
    if (now.unit !== before.unit) {
      if (now.unit === null) closePanel(before.unit); else openPanel();
      views().forEach((one) => one.select(now.unit));
      if (now.unit === null) view.fit();
    }
    if (now.show !== before.show || (now.show && now.unit !== before.unit)) evidence();
    const asked = now.show || now.by, was = before.show || before.by;
    if (asked && now.unit !== null && (asked !== was || now.unit !== before.unit)) carbonspace.reveal(asked);
  });
  function wire() {
    bar.addEventListener("submit", (event) => event.preventDefault());
    bar.querySelectorAll("[name=mode]").forEach((one) => one.addEventListener("change", () => choose({ mode: one.value })));
    document.getElementById("show-land").addEventListener("change", (event) => view.land(event.target.checked));
    document.getElementById("whole-plan").addEventListener("click", () => { if (state.unit === null) view.fit(); else choose({ unit: null, show: null }); });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || state.unit === null || event.defaultPrevented) return;
      if (box.contains(event.target) || event.target === document.body) choose({ unit: null, show: null });
    });
    /* A link on the page that chooses a unit brings the map into sight. */
    document.addEventListener("click", (event) => {
      const link = event.target.closest && event.target.closest("a[href^='#unit=']");
      if (link && !event.ctrlKey && !event.metaKey) { opener = link; setTimeout(() => box.scrollIntoView({ block: "start" }), 0); }
    });
    carbonspace.onLanguage(() => { view.language(); if (said) announce(said); });
    addEventListener("resize", () => view.resize());
  }
  function apology(error) {
    const note = document.getElementById("map-note");
    note.replaceChildren(...carbonspace.both(["此浏览器无法显示可缩放的地图（缺少 WebGL 或出错），因此显示静态地图；指标、条文与数据照常可用，依据见各单元页。",
      "This browser cannot show the map that zooms (no WebGL, or an error), so the drawn map stands here. Figures, clauses and inputs work as ever; evidence is on the pages of units."]));
    note.hidden = false;
    note.dataset.why = String(error && error.message || error);
    view = drawn;
    live.hidden = true;
    box.classList.remove("live");
    carbonspace.noEvidence = () => ["静态地图不显示依据，请见单元页。", "The drawn map shows no evidence; it is on the unit's own page."];
  }
  function start() {
    bar.hidden = false;
    live.hidden = false;
    document.querySelectorAll("#explore .needs-script").forEach((one) => { one.hidden = false; });
    let ready;
    try {
      view = carbonspace.makeMap(live, carbonspace.json("plan-shapes"));
      ready = Promise.resolve(view.ready);
    } catch (error) { ready = Promise.reject(error); }
    colour();
    return ready.catch(apology);
  }
  start().then(() => {
    carbonspace.view = view;
    view.onUnit((unit) => { if (unit !== null) choose({ unit }); });
    wire();
    carbonspace.followAddress();
    root.dataset.ready = "1";
  });
})();
