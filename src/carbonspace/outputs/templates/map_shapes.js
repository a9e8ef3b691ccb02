/* What both maps share: shapes read from numbers, what lies where, how things look, what is said. */
(function () {
  "use strict";
  const BRUSHES = { "#hatch": hatch, "#roof-small": dots, "#roof-steep": stripes, "#roof-obstructed": cross };
  const FONT = '600 13px "Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei","Segoe UI",system-ui,sans-serif';
  const LINE = 17;

  /* The corners of a ring, a line or a point in metres from the middle of the plan: [x, y], y north. */
  function corners(flat, step) {
    const found = [];
    for (let n = 0, x = 0, y = 0; n < flat.length; n += 2) found.push([(x += flat[n]) * step, (y += flat[n + 1]) * step]);
    return found;
  }
  /* A shape as a list of parts, each a list of rings or lines; a point is a line of one corner. */
  function partsOf(coded, dimension, step) {
    return coded.map((part) => (dimension === 2 ? part : [part]).map((line) => corners(line, step)));
  }
  function boxOf(parts) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    parts.forEach((lines) => lines[0].forEach(([x, y]) => {
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x > box[2]) box[2] = x;
      if (y > box[3]) box[3] = y;
    }));
    return box;
  }
  function inRing(ring, x, y) {
    let inside = false;
    for (let n = 0, m = ring.length - 1; n < ring.length; m = n++) {
      const [ax, ay] = ring[n], [bx, by] = ring[m];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
    return inside;
  }
  function away([ax, ay], [bx, by], x, y) {
    const dx = bx - ax, dy = by - ay, size = dx * dx + dy * dy;
    const t = size ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / size)) : 0;
    return Math.hypot(ax + t * dx - x, ay + t * dy - y);
  }
  /* Whether a place lies in a polygon, or as near to a line or a point as `reach` metres. */
  function hits(shape, dimension, x, y, reach) {
    const grown = dimension === 2 ? 0 : reach, box = shape.box;
    if (x < box[0] - grown || y < box[1] - grown || x > box[2] + grown || y > box[3] + grown) return false;
    if (dimension === 2) return shape.parts.some((rings) => rings.reduce((odd, ring) => odd !== inRing(ring, x, y), false));
    return shape.parts.some((lines) => lines.some((line) => line.some((one, n) => away(line[n ? n - 1 : 0], one, x, y) <= reach)));
  }

  /* How the style sheet draws a path of a class, as numbers and colours. */
  const pens = {};
  function penOf(css, dimension, fill, colour) {
    const key = [css, dimension, fill, colour].join("|");
    return pens[key] || (pens[key] = measured(css, dimension, fill, colour));
  }
  function measured(css, dimension, fill, colour) {
    const svg = carbonspace.make("svg", { class: "map-pens", "aria-hidden": "true" });
    const path = carbonspace.make("path", { class: dimension ? css : css + " dot" });
    if (fill) path.style.fill = fill;
    svg.append(path);
    document.body.append(svg);
    const found = getComputedStyle(path), brush = /url\("?(#[\w-]+)/.exec(found.fill), none = (paint) => !paint || paint === "none";
    const pen = {
      fill: none(found.fill) || brush ? null : found.fill,
      brush: brush ? brush[1] : null,
      stroke: none(found.stroke) ? null : found.stroke,
      width: parseFloat(found.strokeWidth) || 1,
      dash: none(found.strokeDasharray) ? [] : found.strokeDasharray.split(/[\s,]+/).map(parseFloat),
      colour: colour,
    };
    svg.remove();
    if (dimension < 2) pen.fill = pen.brush = null;
    if (dimension < 2 && !pen.stroke) Object.assign(pen, { stroke: fill || colour || "#37424f", width: 2 });
    if (dimension === 0) pen.radius = Math.max(pen.width / 2, colour ? 3 : 1.5);
    if (dimension === 2 && colour && !pen.fill && !pen.brush && !pen.stroke) pen.fill = colour;
    if (dimension === 2 && pen.brush && !pen.stroke) Object.assign(pen, { stroke: colour, width: 0.6 });
    return pen;
  }

  /* Patterns that areas are filled with: what differs in colour differs in them, too. */
  function tile(size, draw) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    draw(canvas.getContext("2d"), size);
    return canvas;
  }
  function ground(pen, size, colour, opacity) { pen.fillStyle = colour; pen.globalAlpha = opacity; pen.fillRect(0, 0, size, size); pen.globalAlpha = 1; }
  function slanted(pen, size, colour, width) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    for (let n = -1; n < 2; n++) { pen.beginPath(); pen.moveTo(n * size - 1, -1); pen.lineTo((n + 1) * size + 1, size + 1); pen.stroke(); }
  }
  function hatch(colour) { return tile(8, (pen, size) => { ground(pen, size, colour, 0.14); slanted(pen, size, colour, 2); }); }
  function stripes(colour) { return tile(8, (pen, size) => { ground(pen, size, colour, 0.35); slanted(pen, size, colour, 3); }); }
  function dots(colour) {
    return tile(6, (pen, size) => { ground(pen, size, colour, 0.45); pen.fillStyle = "#2f8fc9"; pen.beginPath(); pen.arc(3, 3, 1.7, 0, 7); pen.fill(); });
  }
  function cross(colour) {
    return tile(7, (pen, size) => { ground(pen, size, colour, 0.3); pen.fillStyle = colour; pen.fillRect(0, 0, size, 2); pen.fillRect(0, 0, 2, size); });
  }
  function patternOf(pen) { return BRUSHES[pen.brush] ? BRUSHES[pen.brush](pen.colour || "#c1272d") : null; }

  /* A bar of a round length, at most 110 pixels long. */
  function scaleBar(node, metresPerPixel) {
    const most = 110 * metresPerPixel, ten = Math.pow(10, Math.floor(Math.log10(most)));
    const length = [5, 2, 1].map((n) => n * ten).find((one) => one <= most);
    node.style.width = (length / metresPerPixel).toFixed(2) + "px";
    node.dataset.metres = length;
    node.textContent = length >= 1000 ? length / 1000 + " km" : +length.toPrecision(3) + " m";
  }

  /* Which labels have room at a scale, the largest units first: [{ unit, name, note }]. */
  function labelsAt(shapes, notes, metresPerPixel) {
    const pen = labelsAt.pen || (labelsAt.pen = document.createElement("canvas").getContext("2d")), taken = [];
    pen.font = FONT;
    return shapes.bySize.map((unit) => {
      const spot = shapes.anchors[unit], box = shapes.units[unit].box, note = notes[unit] || "";
      if (!spot) return null;
      const wide = (box[2] - box[0]) / metresPerPixel, tall = (box[3] - box[1]) / metresPerPixel;
      const x = spot[0] / metresPerPixel, y = spot[1] / metresPerPixel;
      for (const name of [shapes.names[unit], ""]) {
        const lines = (name ? 1 : 0) + (note ? 1 : 0), width = Math.max(pen.measureText(name).width, pen.measureText(note).width) + 6;
        const room = [x - width / 2, y - (lines * LINE) / 2, x + width / 2, y + (lines * LINE) / 2];
        const free = !taken.some((one) => room[0] < one[2] && one[0] < room[2] && room[1] < one[3] && one[1] < room[3]);
        if (lines && width <= wide * 1.05 && lines * LINE <= tall && free) { taken.push(room); return { unit, name, note }; }
      }
      return null;
    }).filter((one) => one);
  }
  function labelNode(label) {
    const make = carbonspace.make;
    return make("div", { class: "map-name" }, label.name && make("span", {}, label.name), label.note && make("b", {}, label.note));
  }

  /* What is known of a feature, for a popup; texts of the data are never read as HTML. */
  function factsOf(layer, kind, values, unitName) {
    const make = carbonspace.make, list = make("dl", {});
    const tell = (title, value) => list.append(make("div", {}, make("dt", {}, title), make("dd", {}, value)));
    if (unitName) tell(carbonspace.say(["单元", "Unit"]), unitName);
    layer.facts.forEach((fact, n) => {
      let value = values[n];
      if (fact.words) value = value < 0 ? null : fact.words[value];
      if (value === null || value === undefined || value === "") return;
      if (Array.isArray(value)) value = carbonspace.say(value);
      tell(carbonspace.say(fact.title), typeof value === "number" ? carbonspace.number(value, Number.isInteger(value) ? 0 : 1) : value);
    });
    const title = carbonspace.say(layer.kinds.length > 1 ? kind.title : layer.title);
    return make("div", { class: "map-facts" }, make("h4", {}, (kind.symbol ? kind.symbol + " " : "") + title), list);
  }

  function mapShapes(data) {
    const step = data.step;
    const outlined = (coded) => { const parts = partsOf(coded, 2, step); return { parts, box: boxOf(parts) }; };
    const units = data.units.map(outlined);
    const size = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
    const shapes = {
      units, step,
      names: data.names,
      anchors: data.anchors.map((spot) => spot && [spot[0] * step, spot[1] * step]),
      box: data.box.map((n) => n * step),
      bySize: units.map((_, n) => n).filter((n) => units[n].parts.length).sort((a, b) => size(units[b]) - size(units[a])),
      unitAt: (x, y) => { const found = units.findIndex((unit) => hits(unit, 2, x, y, 0)); return found < 0 ? null : found; },
      layerOf: (key) => data.evidence.find((one) => one.keys.includes(key)) || null,
      redraw: (held) => held.forEach((coded, n) => Object.assign(units[n], outlined(coded))),
      parts: (coded, dimension) => partsOf(coded, dimension, step),
      /* The features of a layer that explain an indicator, in a unit or everywhere. */
      featuresOf: (layer, key, unit) => {
        const place = layer.keys.indexOf(key), held = layer.sets.map((set) => set.includes(place)), found = [];
        layer.kind.forEach((kind, n) => { if (held[layer.set[n]] && (unit === null || layer.unit[n] === unit)) found.push(n); });
        return found;
      },
      /* The kinds that some features are of, as a legend draws them; `count` tells how many. */
      kindsOf: (layer, count) => layer.kinds.map((kind, n) => {
        const pen = penOf(kind.css, layer.dimension, "", kind.colour);
        return { title: kind.title, colour: pen.brush ? kind.colour : pen.fill || pen.stroke, symbol: kind.symbol, css: kind.css + (layer.dimension ? "" : " dot"), count: count(n) };
      }).filter((kind) => kind.count),
    };
    return shapes;
  }
  carbonspace.mapShapes = mapShapes;
  carbonspace.mapTools = { boxOf, hits, penOf, patternOf, scaleBar, labelsAt, labelNode, factsOf };
})();
