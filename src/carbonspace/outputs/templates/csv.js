(function () {
  "use strict";
  function quoted(value) { return /[",\r\n]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value; }
  function written(lines) {
    return "\ufeff" + lines.map((cells) => cells.map((cell) => quoted(String(cell))).join(",")).join("\r\n") + "\r\n";
  }
  /* Text of the data, which a spreadsheet must not take for a formula. */
  carbonspace.plainText = (value) => (/^[=+\-@\t\r]/.test(value) ? "'" + value : value);
  carbonspace.saveCsv = (name, lines) => {
    const url = URL.createObjectURL(new Blob([written(lines)], { type: "text/csv;charset=utf-8" }));
    const link = carbonspace.make("a", { href: url, download: name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, "_").slice(0, 80) + ".csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 0);
  };
})();
