/* Both maps zoom and move together: pointer, wheel, keyboard and buttons change one view box. */
(function () {
  "use strict";
  const stage = document.getElementById("both-stage");
  if (!stage) return;
  const pair = stage.parentNode, maps = Array.from(stage.querySelectorAll("svg.map"));
  const whole = maps[0].viewBox.baseVal, full = { x: 0, y: 0, w: whole.width, h: whole.height };
  const metres = carbonspace.json("both-data").metres;
  const letters = maps.map((map) => Array.from(map.querySelectorAll("text.label")).concat(Array.from(map.querySelectorAll("text.mark-edit"))));
  const MOST = 40, STEP = 1.5, CLOSE = 5;
  const heavy = maps.concat(document.querySelector("#map-first defs")).reduce((sum, one) => sum + one.innerHTML.length, 0) > 400000;
  let view = Object.assign({}, full), drawn = view, asked = false, waiting = 0;

  pair.classList.toggle("heavy", heavy);
  function limited(next) {
    const w = Math.min(Math.max(next.w, full.w / MOST), full.w), h = w * full.h / full.w;
    return {
      w: w, h: h,
      x: Math.min(Math.max(next.x, 0), full.w - w), y: Math.min(Math.max(next.y, 0), full.h - h)
    };
  }
  function show(next) {
    view = limited(next);
    pair.classList.toggle("zoomed", view.w < full.w - 1);
    clearTimeout(waiting);
    if (!heavy) return draw();
    maps.forEach((map) => { map.style.transform = shift(map.clientWidth); });
    waiting = setTimeout(draw, 180);
  }
  /* What takes long to draw is moved as a picture first, and drawn anew when the hand rests. */
  function shift(width) {
    const k = drawn.w / view.w, unit = width / view.w;
    return "translate(" + (drawn.x - view.x) * unit + "px," + (drawn.y - view.y) * unit + "px) scale(" + k + ")";
  }
  function draw() {
    const box = [view.x, view.y, view.w, view.h].map((n) => Math.round(n * 100) / 100).join(" ");
    drawn = view;
    maps.forEach((map) => {
      map.style.transform = "";
      map.setAttribute("viewBox", box);
    });
    later();
  }
  function later() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; write(); });
  }
  /* Letters keep their size on the screen, so what fits beside each other is found anew. */
  function write() {
    if (!maps[0].clientWidth) return;
    const unit = view.w / maps[0].clientWidth;
    pair.style.setProperty("--u", unit);
    letters.forEach((mine) => fit(mine, unit));
    bar(unit);
  }
  function wide(text) {
    let sum = 0;
    for (const letter of text) sum += letter.charCodeAt(0) > 0x2e7f ? 1 : 0.6;
    return sum;
  }
  function size(text, em) {
    const lines = text.children.length ? Array.from(text.children) : [text];
    return [em * Math.max(1, ...lines.map((line) => wide(line.textContent))) / 2, em * (0.1 + 0.6 * lines.length)];
  }
  function fit(mine, unit) {
    const taken = [], turned = (text) => text.classList.contains("turned");
    mine.slice().sort((a, b) => turned(b) - turned(a)).forEach((text) => {
      const x = Number(text.getAttribute("x")), y = Number(text.getAttribute("y")), [half, tall] = size(text, 13 * unit);
      const box = [x - half, y - tall, x + half, y + tall];
      const seen = box[2] > view.x && box[0] < view.x + view.w && box[3] > view.y && box[1] < view.y + view.h;
      const room = seen && !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
      text.classList.toggle("no-room", !room);
      if (room) taken.push(box);
    });
  }
  function bar(unit) {
    const aim = 140 * unit * metres, power = Math.pow(10, Math.floor(Math.log10(aim)));
    const length = [5, 2, 1].map((n) => n * power).find((n) => n <= aim) || power;
    const [line, text] = document.getElementById("both-bar").children;
    line.style.width = Math.round(length / metres / unit) + "px";
    text.textContent = length >= 1000 ? length / 1000 + " km" : length + " m";
  }

  function zoom(by, x, y) {
    const w = Math.min(Math.max(view.w / by, full.w / MOST), full.w), k = w / view.w;
    show({ x: x - (x - view.x) * k, y: y - (y - view.y) * k, w: w });
  }
  function middle(by) { zoom(by, view.x + view.w / 2, view.y + view.h / 2); }
  /* Where a map stands on the screen, however its picture is moved; a caption may stand above it. */
  function sheet(map) {
    const box = map.parentNode.getBoundingClientRect();
    return { left: box.left, bottom: box.bottom, width: box.width, top: box.bottom - box.width * view.h / view.w };
  }
  function place(event) {
    const map = event.target.closest("svg.map") || maps[0], box = sheet(map), unit = view.w / box.width;
    return { x: view.x + (event.clientX - box.left) * unit, y: view.y + (event.clientY - box.bottom) * unit + view.h };
  }

  document.getElementById("both-in").addEventListener("click", () => middle(STEP));
  document.getElementById("both-out").addEventListener("click", () => middle(1 / STEP));
  document.getElementById("both-whole").addEventListener("click", () => show(full));
  const far = 0.15, keys = {
    "+": () => middle(STEP), "=": () => middle(STEP), "-": () => middle(1 / STEP), "_": () => middle(1 / STEP), "0": () => show(full),
    ArrowLeft: () => move(-far, 0), ArrowRight: () => move(far, 0), ArrowUp: () => move(0, -far), ArrowDown: () => move(0, far)
  };
  function move(x, y) { show({ x: view.x + x * view.w, y: view.y + y * view.h, w: view.w }); }
  stage.tabIndex = 0;
  stage.setAttribute("aria-label", "两个方案的地图，方向键平移，加减键缩放 Maps of both plans: arrows move, plus and minus zoom");
  stage.addEventListener("keydown", (event) => {
    if (event.target !== stage || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== stage) return;
    if (!event.ctrlKey && event.deltaY > 0 && view.w >= full.w) return;
    event.preventDefault();
    const at = place(event);
    zoom(Math.pow(STEP, -Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY) / 100, 1)), at.x, at.y);
  }, { passive: false });

  const down = new Map();
  let moved = false;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || !event.target.closest("svg.map")) return;
    if (!down.size) moved = false;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  stage.addEventListener("pointermove", (event) => {
    const was = down.get(event.pointerId);
    if (!was) return;
    const x = event.clientX - was.x, y = event.clientY - was.y;
    if (!moved && Math.hypot(x, y) < CLOSE) return;
    if (!moved) stage.setPointerCapture(event.pointerId);
    moved = true;
    stage.classList.add("dragged");
    const unit = view.w / sheet(maps[0]).width;
    if (down.size === 1) show({ x: view.x - x * unit, y: view.y - y * unit, w: view.w });
    else pinch(event);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  function pinch(event) {
    const other = Array.from(down.keys()).find((id) => id !== event.pointerId);
    const fixed = down.get(other), was = down.get(event.pointerId);
    const before = Math.hypot(was.x - fixed.x, was.y - fixed.y), after = Math.hypot(event.clientX - fixed.x, event.clientY - fixed.y);
    const box = sheet(maps[0]), unit = view.w / box.width;
    if (before > 0) zoom(after / before, view.x + (fixed.x - box.left) * unit, view.y + (fixed.y - box.top) * unit);
  }
  ["pointerup", "pointercancel"].forEach((name) => stage.addEventListener(name, (event) => {
    down.delete(event.pointerId);
    if (!down.size) stage.classList.remove("dragged");
  }));
  stage.addEventListener("click", (event) => {
    if (moved) event.stopPropagation();
    moved = false;
  }, true);
  pair.addEventListener("relabelled", later);
  new ResizeObserver(later).observe(maps[0]);
  write();
})();
