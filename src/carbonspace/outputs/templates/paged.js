(function () {
  "use strict";
  const plan = carbonspace.plan, { make, both, joined } = carbonspace, mostRows = 200, mostCells = 8000;
  if (!plan) return;
  const data = plan.data;
  /* The rows of a table, so many at a time and the rest by a button: thousands at once would freeze the page. */
  function paged(body, items, row, more, columns) {
    const atOnce = Math.min(mostRows, Math.ceil(mostCells / (columns + 1)));
    let end = 0;
    function next() {
      const from = end, left = items.length - from - atOnce, count = Math.min(atOnce, left);
      end = Math.min(from + atOnce, items.length);
      body.append(...items.slice(from, end).map(row));
      more.hidden = left <= 0;
      more.replaceChildren(...both(["再列出 " + count + " 个", "Show " + count + " more"]), " (" + end + " / " + items.length + ")");
      return body.rows[from];
    }
    body.replaceChildren();
    more.onclick = () => next().querySelector("a").focus();
    next();
  }
  /* Do something as soon as an element is nearly seen, or the page is printed. */
  function whenNear(element, fn) {
    const watch = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) once(); }, { rootMargin: "600px" });
    function once() {
      watch.disconnect();
      removeEventListener("beforeprint", once);
      fn();
    }
    watch.observe(element);
    addEventListener("beforeprint", once);
  }
  /* The name of a place, which leads to its page. */
  function named(place) {
    const page = data.places.page[place], name = data.places.name[place], said = Array.isArray(name) ? both(name) : name;
    return make("th", { scope: "row" }, page ? make("a", { href: page }, said) : said);
  }
  carbonspace.tables = { both, joined, paged, whenNear, named };
})();
