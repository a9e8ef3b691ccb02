/* The map of plans with many features: tiles from the page itself, and from far an overview of them. */
(function () {
  "use strict";
  const tools = carbonspace.mapTools;
  const RADIUS = 6378137, WORLD = 2 * Math.PI * RADIUS, OPACITY = 0.78, LAYER = "plan";
  const CALM = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const archives = {};

  /* The plan lies near the origin of Web Mercator, where one of its metres is one on the ground: its
     middle is the middle of a tile. */
  let shift = 0;
  function there([x, y]) { return [((x + shift) / RADIUS) * (180 / Math.PI), (2 * Math.atan(Math.exp((y + shift) / RADIUS)) - Math.PI / 2) * (180 / Math.PI)]; }
  function back({ lng, lat }) { return [lng * (Math.PI / 180) * RADIUS - shift, Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * RADIUS - shift]; }
  function closed(ring) { const found = ring.map(there); found.push(found[0]); return found; }
  function areas(parts) { return { type: "MultiPolygon", coordinates: parts.map((rings) => rings.map(closed)) }; }
  function feature(geometry, properties, id) { return { type: "Feature", id, geometry, properties: properties || {} }; }

  /* Tiles that stand in the page as base64, behind its scripts; read when they are first asked for. */
  function bytesOf(name) {
    return carbonspace.whole.then(() => {
      const held = atob(document.getElementById("plan-tiles-" + name).textContent), bytes = new Uint8Array(held.length);
      for (let n = 0; n < held.length; n++) bytes[n] = held.charCodeAt(n);
      return bytes.buffer;
    });
  }
  function source(name) {
    if (!archives.protocol) {
      archives.protocol = new pmtiles.Protocol();
      maplibregl.addProtocol("pmtiles", archives.protocol.tile);
    }
    if (!archives[name]) {
      let bytes = null;
      archives[name] = new pmtiles.PMTiles({ getKey: () => name, getBytes: (at, size) => (bytes ||= bytesOf(name)).then((held) => ({ data: held.slice(at, at + size) })) });
      archives.protocol.add(archives[name]);
    }
    return { type: "vector", url: "pmtiles://" + name };
  }

  /* Where there is no WebGL the library says so by an error; asking before would open the canvas twice. */
  function makeMap(container, data) {
    try { return drawn(container, data); } catch (error) { return without(new Error("WebGL: " + error.message)); }
  }
  function drawn(container, data) {
    shift = WORLD / Math.pow(2, data.zoom + 1);
    const shapes = carbonspace.mapShapes(data), told = [], looks = shapes.units.map(() => ({ fill: "#dfe3e9", opacity: OPACITY, note: "" }));
    const markers = [], has = (name) => data.tiles.includes(name), collected = (features) => ({ type: "FeatureCollection", features });
    const outlined = () => collected(shapes.units.map((unit, n) => feature(areas(unit.parts), {}, n)));
    let chosen = null, shown = null, land = false, popup = null, loaded = false, grounded = false, near = !data.coarse;
    const [west, south] = there(shapes.box.slice(0, 2)), [east, north] = there(shapes.box.slice(2));
    const far = Math.max(east - west, north - south, 0.01);
    /* Outlines are thin where units are small on the screen: else they would hide the colours. */
    const sides = shapes.units.filter((unit) => unit.parts.length).map(({ box }) => Math.sqrt((box[2] - box[0]) * (box[3] - box[1]))).sort((a, b) => a - b);
    const zoomOf = (pixels) => Math.log2((WORLD * pixels) / (512 * (sides[sides.length >> 1] || 1)));
    const thin = ["interpolate", ["linear"], ["zoom"], zoomOf(12), 0.35, zoomOf(72), 1.3];
    /* What lies above the units once there is something to show, from below. */
    const above = {
      others: { type: "line", paint: { "line-color": "#37424f", "line-width": thin } },
      mask: { type: "fill", paint: { "fill-color": "#fff", "fill-opacity": 0.62, "fill-antialias": false } },
      cells: { type: "circle", layout: { "circle-sort-key": ["-", 0, ["get", "k"]] } },
      chosen: { type: "line", paint: { "line-color": "#1d2733", "line-width": 2.6 } },
    };
    const map = new maplibregl.Map({
      container, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, fadeDuration: 0,
      bounds: [west, south, east, north], fitBoundsOptions: { padding: 12 }, renderWorldCopies: false, maxZoom: 21,
      maxBounds: [west - 2 * far, south - 2 * far, east + 2 * far, north + 2 * far],
      style: {
        version: 8,
        sources: { units: { type: "geojson", data: outlined() } },
        layers: [
          { id: "units", type: "fill", source: "units", paint: { "fill-color": ["coalesce", ["feature-state", "fill"], "#dfe3e9"], "fill-opacity": OPACITY, "fill-antialias": false } },
          { id: "outlines", type: "line", source: "units", paint: { "line-color": "#37424f", "line-width": thin } },
        ],
      },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    const zooming = new maplibregl.NavigationControl({ showCompass: false });
    map.addControl(zooming, "top-left");
    const bar = carbonspace.make("div", { class: "map-scale" }), arrow = carbonspace.make("div", { class: "map-north", "aria-hidden": "true" }, "N");
    container.append(bar, arrow);

    function over(name) { return Object.keys(above).slice(Object.keys(above).indexOf(name) + 1).find((one) => map.getLayer(one)); }
    function put(name, features) {
      if (map.getSource(name)) map.getSource(name).setData(collected(features));
      else if (features.length) {
        map.addSource(name, { type: "geojson", data: collected(features) });
        map.addLayer(Object.assign({ id: name, source: name }, above[name]), over(name));
      }
    }
    function others(coded) { put("others", shapes.parts(coded.flat(), 2).map((rings) => feature(areas([rings])))); }
    function perPixel() { return WORLD / 512 / Math.pow(2, map.getZoom()); }
    /* The layers that draw tiles as the style sheet draws a class: fill, pattern, edge, line or dot. */
    function layersOf(id, from, filter, dimension, pen) {
      const on = { source: from, "source-layer": LAYER, minzoom: from === "plan" ? 0 : data.zoom, filter }, found = [];
      const pattern = dimension === 2 ? tools.patternOf(pen) : null;
      if (pattern) {
        const size = pattern.width;
        map.addImage(id, pattern.getContext("2d").getImageData(0, 0, size, size));
        found.push(Object.assign({ id: id + "-fill", type: "fill", paint: { "fill-pattern": id } }, on));
      } else if (dimension === 2 && pen.fill) found.push(Object.assign({ id: id + "-fill", type: "fill", paint: { "fill-color": pen.fill } }, on));
      if (dimension === 0) {
        found.push(Object.assign({ id: id + "-dot", type: "circle", paint: { "circle-radius": pen.radius, "circle-color": pen.stroke, "circle-stroke-color": "#fff", "circle-stroke-width": Math.min(0.8, pen.radius / 3) } }, on));
      } else if (pen.stroke) {
        const paint = { "line-color": pen.stroke, "line-width": pen.width };
        if (pen.dash.length) paint["line-dasharray"] = pen.dash.map((one) => one / pen.width);
        found.push(Object.assign({ id: id + "-line", type: "line", paint }, on));
      }
      return found;
    }
    function of(type) { return ["==", ["geometry-type"], type]; }
    function picture() {
      if (!data.land || map.getSource("picture")) return;
      const [x, y, right, top] = data.land.box.map((n) => n * data.step);
      map.addSource("picture", { type: "image", url: data.land.png ? "data:image/png;base64," + data.land.png : document.getElementById("land-picture").getAttribute("href"), coordinates: [[x, top], [right, top], [right, y], [x, y]].map(there) });
      map.addLayer({ id: "picture", type: "raster", source: "picture", maxzoom: has("land") ? data.zoom : 24, paint: { "raster-fade-duration": 0 }, layout: { visibility: "none" } }, "units");
    }
    /* The ground is there before one is as near as to see it. */
    function ground() {
      if (grounded || !(land || map.getZoom() > data.zoom - 1)) return;
      grounded = true;
      picture();
      [["land", "units"], ["lines", over("others")]].forEach(([name, before]) => {
        if (!has(name)) return;
        map.addSource(name, source(name));
        data.ground.forEach((one, n) => {
          if (one.land !== (name === "land")) return;
          [["Polygon", 2], ["LineString", 1], ["Point", 0]].forEach(([type, dimension]) => {
            if (one.land && dimension < 2) return;
            const pen = tools.penOf(one.css, dimension, one.fill, null);
            layersOf("ground-" + n + "-" + dimension, name, ["all", ["==", ["get", "l"], n], of(type)], dimension, pen).forEach((layer) => {
              if (one.land) layer.layout = { visibility: "none" };
              else layer.paint[layer.type + "-opacity"] = 0.55;
              map.addLayer(layer, before);
            });
          });
        });
      });
    }
    /* Outlines as seen from far give way to exact ones where the difference would show. */
    function sharpen() {
      if (near || (chosen === null && perPixel() > 1.5 * data.coarse)) return;
      near = true;
      carbonspace.whole.then(() => {
        const held = carbonspace.json("plan-outlines");
        shapes.redraw(held.units);
        map.getSource("units").setData(outlined());
        others(held.others);
        if (chosen !== null) outline(chosen);
      });
    }
    function closer() { sharpen(); ground(); }
    function paint() {
      const faint = (shown ? 0.25 : 1) * (land ? 0.25 : 1);
      map.setPaintProperty("units", "fill-opacity", (looks.length ? looks[0].opacity : OPACITY) * faint);
      looks.forEach((look, n) => map.setFeatureState({ source: "units", id: n }, { fill: look.fill }));
    }
    function relabel() {
      markers.splice(0).forEach((one) => one.remove());
      tools.labelsAt(shapes, looks.map((one) => one.note), perPixel()).forEach((label) => {
        const element = carbonspace.make("div", { class: "map-label" }, tools.labelNode(label));
        markers.push(new maplibregl.Marker({ element, anchor: "top-left" }).setLngLat(there(shapes.anchors[label.unit])).addTo(map));
        element.removeAttribute("aria-label");
        element.removeAttribute("role");
        element.removeAttribute("tabindex");
      });
      tools.scaleBar(bar, perPixel());
    }
    function show(box, padding) { map.fitBounds([there(box.slice(0, 2)), there(box.slice(2))], { padding, animate: !CALM, duration: 600 }); }

    function outline(unit) {
      chosen = unit;
      const parts = unit === null ? [] : shapes.units[unit].parts, reach = 3 * far;
      const world = [[west - reach, south - reach], [east + reach, south - reach], [east + reach, north + reach], [west - reach, north + reach], [west - reach, south - reach]];
      put("mask", parts.length ? [feature({ type: "Polygon", coordinates: [world, ...parts.map((rings) => closed(rings[0]))] })] : []);
      put("chosen", parts.length ? [feature(areas(parts))] : []);
      sharpen();
    }
    /* What groups of a layer explain an indicator, in a unit or everywhere: [unit, kind, set, count, cells]. */
    function groupsOf(layer, key, unit) {
      const place = layer.keys.indexOf(key), held = layer.sets.map((set) => set.includes(place));
      return layer.groups.filter((one) => held[one[2]] && (unit === null || one[0] === unit));
    }
    function cellsOf(layer, groups) {
      return groups.flatMap(([, kind, , , steps]) => {
        const found = [];
        for (let n = 0, x = 0, y = 0; n < steps.length; n += 2) {
          x += steps[n];
          y += steps[n + 1];
          found.push(feature({ type: "Point", coordinates: there([(x + 0.5) * layer.cell, (y + 0.5) * layer.cell]) }, { k: kind }));
        }
        return found;
      });
    }
    function detail(layer, number, key, unit) {
      const name = "evidence-" + number, place = layer.keys.indexOf(key);
      if (!has(name)) return [];
      if (!map.getSource(name)) map.addSource(name, source(name));
      const sets = layer.sets.map((_, n) => n).filter((n) => layer.sets[n].includes(place));
      const of = ["all", ["in", ["coalesce", ["get", "s"], 0], ["literal", sets]]];
      if (unit !== null) of.push(["==", ["coalesce", ["get", "u"], soleUnit(layer)], unit]);
      return layer.kinds.flatMap((kind, k) => {
        const filter = of.concat([["==", ["coalesce", ["get", "k"], soleKind(layer)], k]]);
        return layersOf(name + "-" + k, name, filter, layer.dimension, tools.penOf(kind.css, layer.dimension, "", kind.colour));
      });
    }
    /* A number that all features share is not written with each. */
    function soleUnit(layer) { return layer.groups.length ? layer.groups[0][0] : -1; }
    function soleKind(layer) { return layer.groups.length ? layer.groups[0][1] : 0; }
    function clear() {
      if (popup) popup.remove();
      if (!shown) return;
      shown.drawn.forEach((id) => map.removeLayer(id));
      shown.images.forEach((id) => { if (map.hasImage(id)) map.removeImage(id); });
      put("cells", []);
      shown = null;
    }
    function evidence(key, unit) {
      clear();
      const layer = key === null ? null : shapes.layerOf(key);
      if (layer) {
        const groups = groupsOf(layer, key, unit), number = data.evidence.indexOf(layer), layers = detail(layer, number, key, unit);
        layers.forEach((one) => map.addLayer(one, over("mask")));
        const kinds = shapes.kindsOf(layer, (k) => groups.reduce((sum, one) => sum + (one[1] === k ? one[3] : 0), 0));
        const pens = layer.kinds.map((kind) => tools.penOf(kind.css, layer.dimension, "", kind.colour));
        const match = (value) => ["match", ["get", "k"], ...pens.flatMap((pen, k) => [k, value(pen, k)]).concat([value(pens[0], 0)])];
        const solid = (pen) => (pen.dash.length || pen.brush ? 0.3 : 0.9), hue = (pen, k) => pen.fill || pen.stroke || layer.kinds[k].colour;
        const radius = (zoom) => Math.max(1.6, (0.45 * layer.cell * 512 * Math.pow(2, zoom)) / WORLD);
        put("cells", cellsOf(layer, groups));
        if (map.getLayer("cells")) {
          map.setPaintProperty("cells", "circle-radius", ["interpolate", ["exponential", 2], ["zoom"], 9, radius(9), data.zoom, Math.min(8, radius(data.zoom))]);
          map.setPaintProperty("cells", "circle-color", match(hue));
          map.setPaintProperty("cells", "circle-opacity", match(solid));
          map.setPaintProperty("cells", "circle-stroke-color", match(hue));
          map.setPaintProperty("cells", "circle-stroke-width", 1);
          map.setLayerZoomRange("cells", 0, has("evidence-" + number) ? data.zoom : 24);
        }
        shown = { layer, kinds, drawn: layers.map((one) => one.id), images: layer.kinds.map((_, k) => "evidence-" + number + "-" + k) };
      }
      paint();
      return shown ? shown.kinds : [];
    }
    function clicked(event) {
      const { x, y } = event.point, layer = shown && shown.layer;
      const found = shown && shown.drawn.length ? map.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers: shown.drawn })[0] : null;
      if (!found) return told.forEach((fn) => fn(shapes.unitAt(...back(event.lngLat))));
      const given = found.properties, unit = given.u === undefined ? soleUnit(layer) : given.u, kind = given.k === undefined ? soleKind(layer) : given.k;
      const facts = tools.factsOf(layer, layer.kinds[kind], layer.facts.map((_, n) => given["f" + n]), unit < 0 ? "" : shapes.names[unit]);
      popup = new maplibregl.Popup({ maxWidth: "280px" }).setLngLat(event.lngLat).setDOMContent(facts).addTo(map);
    }
    function language() {
      const titles = { in: carbonspace.say(["放大", "Zoom in"]), out: carbonspace.say(["缩小", "Zoom out"]) };
      ["in", "out"].forEach((way) => {
        const button = container.querySelector(".maplibregl-ctrl-zoom-" + way);
        button.title = titles[way];
        button.setAttribute("aria-label", titles[way]);
      });
      map.getCanvas().setAttribute("aria-label", carbonspace.say(["地图：方向键移动，+ 和 − 缩放", "Map: arrow keys move it, + and − zoom"]));
    }
    function showLand() {
      ground();
      map.getStyle().layers.forEach((layer) => {
        const number = /^ground-(\d+)-/.exec(layer.id);
        if (layer.id === "picture" || (number && data.ground[number[1]].land)) map.setLayoutProperty(layer.id, "visibility", land ? "visible" : "none");
      });
      paint();
    }
    map.on("click", clicked);
    map.on("mousemove", (event) => { map.getCanvas().style.cursor = shapes.unitAt(...back(event.lngLat)) === null ? "" : "pointer"; });
    map.on("zoom", closer);
    map.on("zoomend", relabel);
    map.on("error", (event) => console.error(event.error));
    language();

    /* Until the style is there, what is asked for waits. */
    const ready = new Promise((done, failed) => {
      map.once("style.load", () => {
        loaded = true;
        others(data.others);
        closer();
        paint();
        relabel();
        map.once("idle", done);
      });
      map.once("webglcontextlost", () => failed(new Error("WebGL")));
    });
    ready.then(() => (window.requestIdleCallback || setTimeout)(picture), () => {});
    return {
      ready,
      colour: (fn) => { looks.forEach((look, n) => Object.assign(look, { opacity: OPACITY, note: "" }, fn(n))); if (loaded) { paint(); relabel(); } },
      select: (unit) => { outline(unit); if (unit !== null && shapes.units[unit].parts.length) show(shapes.units[unit].box, 24); },
      evidence,
      lacks: (key) => data.left_out.includes(key),
      onUnit: (fn) => told.push(fn),
      fit: () => show(shapes.box, 12),
      land: (on) => { land = on; showLand(); },
      resize: () => { map.resize(); },
      language,
      at: (x, y) => { const spot = map.project(there([x, y])); return [spot.x, spot.y]; },
    };
  }
  /* A view of nothing: the page keeps its picture of the plan and says why. */
  function without(reason) {
    const none = () => undefined;
    return { ready: Promise.reject(reason), colour: none, select: none, evidence: () => [], lacks: () => true, onUnit: none, fit: none, land: none, resize: none, language: none, at: () => [0, 0] };
  }
  carbonspace.makeMap = makeMap;
})();
