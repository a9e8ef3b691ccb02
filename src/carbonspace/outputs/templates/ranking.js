(function () {
  var table = document.getElementById("ranking-table"), tools = document.getElementById("ranking-tools");
  if (!table || !tools) return;
  var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  var looks = JSON.parse(document.getElementById("looks").textContent), order = Object.keys(looks);
  var find = document.getElementById("find-unit"), only = document.getElementById("only-missing");
  var theme = document.getElementById("only-theme"), shown = document.getElementById("shown-units");
  function lang() { return document.documentElement.dataset.lang === "en" ? "en" : "zh"; }
  function verdict(cell) { return cell.firstChild ? cell.firstChild.className : ""; }
  function named(head) { return (head.querySelector("[lang=" + lang() + "]") || head).textContent.trim(); }
  function compared(kind, n) {
    if (kind === "name") return function (a, b) { return a.cells[n].textContent.localeCompare(b.cells[n].textContent, "zh"); };
    function figure(row) {
      var text = kind === "figure" ? row.cells[n].dataset.v : row.cells[n].textContent;
      return text === undefined || text === "" ? NaN : Number(text);
    }
    return function (a, b) {
      var x = figure(a), y = figure(b);
      if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y);
      return x - y;
    };
  }
  function sort(head, n) {
    var up = head.getAttribute("aria-sort") === "descending" || (head.dataset.sort === "name" && head.getAttribute("aria-sort") !== "ascending");
    heads.forEach(function (one) { one.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    var by = compared(head.dataset.sort, n), numbered = rows.map(function (row, i) { return [row, i]; });
    numbered.sort(function (a, b) {
      var found = by(a[0], b[0]), empty = head.dataset.sort === "figure" && (a[0].cells[n].dataset.v === undefined || b[0].cells[n].dataset.v === undefined);
      return (up || empty ? found : -found) || a[1] - b[1];
    });
    numbered.forEach(function (one) { body.appendChild(one[0]); });
  }
  heads.forEach(function (head, n) {
    if (!head.dataset.sort) return;
    head.tabIndex = 0;
    head.addEventListener("click", function () { sort(head, n); });
    head.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      sort(head, n);
    });
  });
  function misses(row) {
    if (!only.value) return true;
    return heads.some(function (head, n) {
      return head.dataset.key && (only.value === "*" || head.dataset.key === only.value) && verdict(row.cells[n]) === "not_met";
    });
  }
  function filter() {
    var words = find.value.trim().toLowerCase(), count = 0;
    rows.forEach(function (row) {
      var text = (row.dataset.unit + " " + row.cells[0].textContent).toLowerCase();
      row.hidden = text.indexOf(words) < 0 || !misses(row);
      count += !row.hidden;
    });
    shown.textContent = count + " / " + rows.length;
  }
  function pick() {
    heads.forEach(function (head, n) {
      if (!head.dataset.theme) return;
      var away = theme.value !== "" && head.dataset.theme !== theme.value;
      head.hidden = away;
      rows.forEach(function (row) { row.cells[n].hidden = away; });
    });
  }
  function text(value) { return /^[=+\-@\t\r]/.test(value) ? "'" + value : value; }
  function quoted(value) { return /[",\r\n]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value; }
  function csv() {
    var there = heads.map(function (head, n) { return n; }).filter(function (n) { return heads[n].dataset.key && !heads[n].hidden; });
    var zh = lang() === "zh", lines = [[zh ? "单元编号" : "Unit id", zh ? "单元" : "Unit", looks.not_met[lang()], looks.met[lang()]]];
    there.forEach(function (n) {
      var unit = heads[n].dataset.unit;
      lines[0].push(named(heads[n]) + (unit ? " (" + unit + ")" : ""), named(heads[n]) + (zh ? "：结论" : ": verdict"));
    });
    Array.prototype.forEach.call(body.rows, function (row) {
      if (row.hidden) return;
      var cells = [text(row.dataset.unit), text(row.cells[0].textContent.trim()), row.cells[1].textContent, row.cells[2].textContent];
      there.forEach(function (n) {
        var said = looks[verdict(row.cells[n])];
        cells.push(row.cells[n].dataset.v || "", said ? said[lang()] : "");
      });
      lines.push(cells);
    });
    return "\ufeff" + lines.map(function (cells) { return cells.map(quoted).join(","); }).join("\r\n") + "\r\n";
  }
  var button = document.getElementById("export-csv");
  button.addEventListener("click", function () {
    var link = document.createElement("a"), url = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
    link.href = url;
    link.download = button.dataset.name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, "_").slice(0, 80) + ".csv";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(url); }, 0);
  });
  tools.addEventListener("submit", function (event) { event.preventDefault(); });
  find.addEventListener("input", filter);
  only.addEventListener("change", filter);
  theme.addEventListener("change", pick);
  tools.hidden = false;
  filter();
  pick();
})();
