/* The map of plans with few features: everything on canvas, in metres from the middle of the plan. */
(function () {
  "use strict";
  const tools = carbonspace.mapTools;
  const OPACITY = 0.78, CALM = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const PANES = { land: 210, units: 400, lines: 405, mask: 410, evidence: 415, outline: 420 };
  const there = ([x, y]) => [y, x];

  function makeMap(container, data) {
    const shapes = carbonspace.mapShapes(data), told = [], drawn = {};
    const looks = shapes.units.map(() => ({ fill: "#dfe3e9", opacity: OPACITY, note: "" }));
    let chosen = null, shown = null, land = false, labels = L.layerGroup();
    const map = L.map(container, {
      crs: L.CRS.Simple, preferCanvas: true, attributionControl: false, zoomControl: false,
      zoomSnap: 0.25, zoomDelta: 1, wheelPxPerZoomLevel: 90, minZoom: -12, maxZoom: 5,
      zoomAnimation: !CALM, fadeAnimation: !CALM, inertia: !CALM,
    });
    const brushes = {};
    Object.entries(PANES).forEach(([name, level]) => {
      const pane = map.createPane("map-" + name);
      pane.style.zIndex = level;
      pane.style.pointerEvents = "none";
      brushes[name] = L.canvas({ pane: "map-" + name, padding: 0.2 });
    });
    const zooming = L.control.zoom({ position: "topleft", zoomInTitle: "", zoomOutTitle: "" }).addTo(map);
    const bar = carbonspace.make("div", { class: "map-scale" }), north = carbonspace.make("div", { class: "map-north", "aria-hidden": "true" }, "N");
    container.append(bar, north);

    function styleOf(pen, pane) {
      const pattern = tools.patternOf(pen);
      return {
        renderer: brushes[pane], pane: "map-" + pane, interactive: false, smoothFactor: 0.5,
        stroke: !!pen.stroke, color: pen.stroke || "#000", weight: pen.width, dashArray: pen.dash.length ? pen.dash.join(" ") : null,
        fill: !!(pen.fill || pattern), fillRule: "nonzero", fillOpacity: 1,
        fillColor: pattern ? pattern.getContext("2d").createPattern(pattern, "repeat") : pen.fill,
      };
    }
    /* Many shapes of one look as one path of the canvas; points as dots. */
    function path(parts, dimension, pen, pane) {
      const style = styleOf(pen, pane), lines = parts.map((part) => part.map((line) => line.map(there)));
      if (dimension === 2) return L.polygon(lines, style);
      if (dimension === 1) return L.polyline(lines.flat(), style);
      const dot = Object.assign(style, { radius: pen.radius, fill: true, fillColor: pen.stroke, color: "#fff", weight: 0.8, dashArray: null });
      return L.layerGroup(lines.map((line) => L.circleMarker(line[0][0], dot)));
    }
    function ground(of) {
      return L.layerGroup(data.ground.filter((one) => one.land === of).map((one) => {
        const pen = tools.penOf(one.css, one.dimension, one.fill, null);
        return path(shapes.parts(one.parts, one.dimension), one.dimension, pen, of ? "land" : "lines");
      }));
    }
    function paint() {
      const faint = (shown ? 0.25 : 1) * (land ? 0.25 : 1);
      drawn.units.forEach((unit, n) => unit.setStyle({ fillColor: looks[n].fill, fillOpacity: looks[n].opacity * faint }));
    }
    function relabel() {
      const perPixel = 1 / map.getZoomScale(map.getZoom(), 0);
      labels.clearLayers();
      tools.labelsAt(shapes, looks.map((one) => one.note), perPixel).forEach((label) => {
        const icon = L.divIcon({ className: "map-label", html: tools.labelNode(label), iconSize: null });
        labels.addLayer(L.marker(there(shapes.anchors[label.unit]), { icon, interactive: false, keyboard: false }));
      });
      tools.scaleBar(bar, perPixel);
    }
    function boundsOf(box) { return L.latLngBounds(there([box[0], box[1]]), there([box[2], box[3]])); }
    /* Leaflet forgets what is asked for while it zooms: the last wish waits for the end. */
    let fitted = false, zooms = false, waiting = null;
    function show(box, pad) {
      if (zooms) { waiting = () => show(box, pad); return; }
      map.fitBounds(boundsOf(box), { padding: [pad, pad], animate: !CALM && fitted });
      fitted = true;
    }
    map.on("zoomanim", () => { zooms = true; });
    map.on("zoomend", () => {
      const next = waiting;
      zooms = false;
      waiting = null;
      if (next) next();
    });

    function outline(unit) {
      drawn.outline.clearLayers();
      chosen = unit;
      if (unit === null) return;
      const rings = shapes.units[unit].parts.map((part) => part.map((ring) => ring.map(there)));
      const [x, y, right, top] = shapes.box, far = Math.max(right - x, top - y, 1000) * 3;
      const world = [[x - far, y - far], [right + far, y - far], [right + far, top + far], [x - far, top + far]].map(there);
      const quiet = { interactive: false, smoothFactor: 0.5 };
      drawn.outline.addLayer(L.polygon([world, ...rings.flat()], Object.assign({ renderer: brushes.mask, pane: "map-mask", stroke: false, fillColor: "#fff", fillOpacity: 0.62, fillRule: "evenodd" }, quiet)));
      drawn.outline.addLayer(L.polygon(rings, Object.assign({ renderer: brushes.outline, pane: "map-outline", fill: false, color: "#1d2733", weight: 2.6 }, quiet)));
    }
    function evidence(key, unit) {
      const layer = key === null ? null : shapes.layerOf(key);
      drawn.evidence.clearLayers();
      map.closePopup();
      shown = null;
      if (layer) {
        const features = shapes.featuresOf(layer, key, unit);
        const held = features.map((n) => { const parts = shapes.parts(layer.shapes[n], layer.dimension); return { n, parts, box: tools.boxOf(parts) }; });
        layer.kinds.forEach((kind, k) => {
          const parts = held.filter((one) => layer.kind[one.n] === k).flatMap((one) => one.parts);
          if (parts.length) drawn.evidence.addLayer(path(parts, layer.dimension, tools.penOf(kind.css, layer.dimension, "", kind.colour), "evidence"));
        });
        shown = { layer, held, kinds: shapes.kindsOf(layer, (k) => features.filter((n) => layer.kind[n] === k).length) };
      }
      paint();
      return shown ? shown.kinds : [];
    }
    function featureAt(x, y, reach) {
      return shown ? shown.held.slice().reverse().find((one) => tools.hits(one, shown.layer.dimension, x, y, reach)) : null;
    }
    function clicked(event) {
      const x = event.latlng.lng, y = event.latlng.lat, reach = 6 / map.getZoomScale(map.getZoom(), 0);
      const found = featureAt(x, y, reach);
      if (!found) return told.forEach((fn) => fn(shapes.unitAt(x, y)));
      const layer = shown.layer, unit = layer.unit[found.n], values = layer.facts.map((fact) => fact.values[found.n]);
      const facts = tools.factsOf(layer, layer.kinds[layer.kind[found.n]], values, unit < 0 ? "" : shapes.names[unit]);
      L.popup({ maxWidth: 280 }).setLatLng(event.latlng).setContent(facts).openOn(map);
    }
    function hovered(event) {
      const over = shapes.unitAt(event.latlng.lng, event.latlng.lat) !== null;
      container.style.cursor = over ? "pointer" : "";
    }
    function language() {
      const titles = { in: carbonspace.say(["放大", "Zoom in"]), out: carbonspace.say(["缩小", "Zoom out"]) };
      ["in", "out"].forEach((way) => {
        const button = zooming.getContainer().querySelector(".leaflet-control-zoom-" + way);
        button.title = titles[way];
        button.setAttribute("aria-label", titles[way]);
      });
      container.setAttribute("aria-label", carbonspace.say(["地图：方向键移动，+ 和 − 缩放", "Map: arrow keys move it, + and − zoom"]));
    }

    show(shapes.box, 12);
    drawn.land = ground(true);
    drawn.units = shapes.units.map((unit) => L.polygon(unit.parts.map((part) => part.map((ring) => ring.map(there))), {
      renderer: brushes.units, pane: "map-units", interactive: false, smoothFactor: 0.5, color: "#37424f", weight: 1.3, fillRule: "nonzero",
    }).addTo(map));
    drawn.others = path(shapes.parts(data.others.flat(), 2), 2, tools.penOf("frame", 2, "", null), "units").addTo(map);
    drawn.lines = ground(false).addTo(map);
    drawn.evidence = L.layerGroup().addTo(map);
    drawn.outline = L.layerGroup().addTo(map);
    map.getPane("map-lines").style.opacity = 0.55;
    labels.addTo(map);
    paint();
    relabel();
    language();
    container.setAttribute("role", "application");
    map.on("click", clicked);
    map.on("mousemove", hovered);
    map.on("zoomend", relabel);

    return {
      ready: new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      colour: (fn) => { looks.forEach((look, n) => Object.assign(look, { opacity: OPACITY, note: "" }, fn(n))); paint(); relabel(); },
      select: (unit) => { outline(unit); if (unit !== null && shapes.units[unit].parts.length) show(shapes.units[unit].box, 24); },
      evidence,
      lacks: (key) => (data.left_out || []).includes(key),
      onUnit: (fn) => told.push(fn),
      fit: () => show(shapes.box, 12),
      land: (on) => { land = on; if (on) drawn.land.addTo(map); else drawn.land.remove(); paint(); },
      resize: () => { map.invalidateSize(); },
      language,
      at: (x, y) => { const spot = map.latLngToContainerPoint(there([x, y])); return [spot.x, spot.y]; },
    };
  }
  carbonspace.makeMap = makeMap;
})();
