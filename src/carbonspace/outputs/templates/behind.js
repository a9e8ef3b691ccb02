/* What is behind a figure: definition, parameters, the inputs with their hashes and repairs, and its evidence on the map. */
(function () {
  "use strict";
  const facts = carbonspace.facts;
  if (!facts) return;
  const { make, both } = carbonspace, data = facts.data;
  function row(name, ...inside) { return [make("dt", {}, both(name)), make("dd", {}, ...inside)]; }
  function copied(button, text) {
    const done = () => { button.replaceChildren(...both(["已复制", "Copied"])); carbonspace.announce(["已复制 SHA-256", "SHA-256 copied"]); };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => {});
  }
  function hash(sha) {
    const button = navigator.clipboard && make("button", { type: "button", class: "plain", onclick: () => copied(button, sha) }, both(["复制", "Copy"]));
    return make("details", { class: "hash" }, make("summary", {}, make("span", { class: "unseen" }, "SHA-256 "), make("code", {}, sha.slice(0, 12) + "…")),
      make("code", {}, sha), " ", button);
  }
  function input(one) {
    const repairs = data.repairs[one.layer] || [], notes = data.findings[one.layer] || 0;
    return make("li", {}, make("b", {}, one.layer), " ", make("span", { class: "path" }, one.path), " ",
      make("small", {}, both([carbonspace.number(one.features, 0) + " 个要素", carbonspace.number(one.features, 0) + (one.features === 1 ? " feature" : " features")])),
      hash(one.sha256),
      repairs.map((r) => make("div", { class: "repair" }, both(["几何修复：", "Repaired: "]), both(r.what), r.done && [" → ", both(r.done)], " × " + r.count)),
      notes > 0 && make("a", { href: "#record" }, both(["数据检查记录 " + notes + " 条", notes + (notes > 1 ? " notes on this data" : " note on this data")])));
  }
  function inputs(one) {
    const found = data.inputs.filter((each) => one.layers.includes(each.layer));
    if (!found.length) return null;
    return make("section", { class: "inputs" }, make("h4", {}, both(["所用数据", "Inputs behind it"])), make("ul", {}, found.map(input)));
  }
  carbonspace.behind = function (one, place) {
    const page = data.places.page[place];
    const tags = [!one.verified && make("span", { class: "tag warn" }, both(["未核实", "unverified"])),
      one.reported && make("span", { class: "tag" }, both(["填报，非计算", "reported, not computed"]))];
    return make("section", { class: "how" }, make("h4", {}, both(["如何得出", "How it was made"]), " ", tags),
      make("dl", {}, row(["定义", "Definition"], both(one.definition)), one.source && row(["来源", "Source"], one.source),
        one.made && row(["口径", "Made with"], both(one.made)),
        one.parameters.length > 0 && row(["参数", "Parameters"], one.parameters.map(([title, value]) => make("div", {}, both(title), ": " + value)))),
      inputs(one), page && make("p", {}, make("a", { href: page + "#" + one.key }, both(["在单元页中查看", "On the unit's own page"]))));
  };
  /* The button that shows the evidence, or why there is none. */
  carbonspace.showing = function (one, place) {
    if (facts.value(one, place) === null) return null;
    const why = carbonspace.noEvidence(one);
    if (why) return make("p", { class: "note" }, both(why));
    const button = make("button", { type: "button", class: "show", "data-show": one.key, "aria-pressed": "false",
      onclick: () => carbonspace.choose({ show: carbonspace.state.show === one.key ? null : one.key }) },
      make("span", { "aria-hidden": "true" }, "◎ "), both(["在地图上显示依据", "Show on the map"]));
    button.setAttribute("aria-pressed", String(carbonspace.state.show === one.key));
    return button;
  };
})();
