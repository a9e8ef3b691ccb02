/* Values in at most five classes of about as many units each, between numbers that are easy to read. */
(function () {
  "use strict";
  const PALE = [0xdd, 0xe9, 0xf7], DARK = [0x17, 0x3f, 0x7f], MOST = 5, SLACK = 0.04;
  function colours(count) {
    return Array.from({ length: count }, (_, n) => {
      const part = count > 1 ? n / (count - 1) : 0.5;
      return "#" + PALE.map((a, i) => Math.round(a + (DARK[i] - a) * part).toString(16).padStart(2, "0")).join("");
    });
  }
  /* The number with the fewest digits above `low` and not above `high`. */
  function readable(low, high) {
    const start = Math.ceil(Math.log10(Math.max(Math.abs(low), Math.abs(high)) || 1)) + 1;
    for (let power = start; power > start - 18; power -= 1) {
      for (const step of [5, 2, 1]) {
        const places = Math.max(0, -power), size = step * Math.pow(10, power);
        const found = Number(((Math.floor(low / size + 1e-9) + 1) * size).toFixed(Math.min(places, 100)));
        if (found > low && found <= high) return found;
      }
    }
    return high;
  }
  function between(sorted, number) {
    const slack = Math.floor(sorted.length * SLACK), at = Math.round(sorted.length * number / MOST);
    let low = Math.max(at - 1 - slack, 0), high = Math.min(at + slack, sorted.length - 1);
    while (high < sorted.length - 1 && sorted[high] === sorted[low]) high += 1;
    while (low > 0 && sorted[high] === sorted[low]) low -= 1;
    return sorted[high] === sorted[low] ? null : readable(sorted[low], sorted[high]);
  }
  function breaks(sorted) {
    const apart = Array.from(new Set(sorted));
    if (apart.length <= MOST) return apart.slice(1).map((value, n) => readable(apart[n], value));
    const found = [1, 2, 3, 4].map((n) => between(sorted, n)).filter((value) => value !== null);
    return Array.from(new Set(found)).sort((a, b) => a - b);
  }
  /* {low, high, cuts, colours, of(value)}: class n lies from cuts[n - 1] (included) to cuts[n].
     Values are classed as they are written, with so many decimals. */
  carbonspace.classes = function (values, decimals) {
    const written = (value) => Number(value.toFixed(decimals));
    const sorted = values.filter((value) => value !== null).map(written).sort((a, b) => a - b);
    if (!sorted.length) return null;
    const cuts = breaks(sorted), of = (value) => cuts.filter((cut) => written(value) >= cut).length;
    return { low: sorted[0], high: sorted[sorted.length - 1], cuts, colours: colours(cuts.length + 1), of };
  };
})();
