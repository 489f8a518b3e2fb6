// A chart of ratios as SVG: a facet for each group, a row for each operation with its whole name, a point for each runtime's median on a
// line from the worst round to the best, and the number beside it; in light and in dark.

/**
 * @typedef {{ label: string, group: string, points: { runtime: string, value: number, low: number, high: number }[] }} Row
 */

const NAMES = 420;
const PLOT = 380;
const NUMBERS = 110;
const LINE = 22;
const HEAD = 34;
const TOP = 72;
const FOOT = 46;
const WIDTH = NAMES + PLOT + NUMBERS;
const COLOURS = ["#0969da", "#bc4c00", "#1a7f37"];
const DARK = ["#58a6ff", "#f0883e", "#56d364"];

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** @param {number} value a ratio */
const times = (value) =>
  `${value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toPrecision(2)}×`;

/** @param {number} value a position */
const at = (value) => value.toFixed(1);

/**
 * Draws it.
 *
 * @param {string} title what stands above it
 * @param {Row[]} rows in the order of their groups
 * @param {readonly string[]} runtimes in the order of their colours
 * @returns {string} SVG
 */
export function ratioChart(title, rows, runtimes) {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const height = TOP + rows.length * LINE + groups.length * HEAD + FOOT;
  const values = rows.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]));
  const least = Math.floor(Math.log10(Math.min(...values, 0.5)));
  const most = Math.ceil(Math.log10(Math.max(...values, 2)));
  const x = (/** @type {number} */ value) => NAMES + ((Math.log10(value) - least) / (most - least)) * PLOT;
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => 10 ** (least + i));
  const parts = ticks.map(
    (tick) =>
      `<path class="${tick === 1 ? "one" : "grid"}" d="M${at(x(tick))} ${TOP} V${height - FOOT}"/>
<text class="tick" x="${at(x(tick))}" y="${height - FOOT + 18}">${tick < 1 ? tick : tick.toLocaleString("en")}×</text>`,
  );
  let y = TOP;
  for (const group of groups) {
    y += HEAD;
    parts.push(`<text class="group" x="8" y="${y - 8}">${escaped(group)}</text>`);
    for (const { label, points } of rows.filter((row) => row.group === group)) {
      const middle = y + LINE / 2;
      parts.push(`<text class="label" x="${NAMES - 12}" y="${middle + 4}">${escaped(label)}</text>`);
      points.forEach(({ runtime, value, low, high }, i) => {
        const own = middle + (i - (points.length - 1) / 2) * 7;
        const colour = `c${runtimes.indexOf(runtime)}`;
        parts.push(
          `<path class="${colour} range" d="M${at(x(low))} ${at(own)} H${at(x(high))}"/><circle class="${colour}" cx="${at(x(value))}" cy="${at(own)}" r="3.5"><title>${escaped(`${label}, ${runtime}: ${times(value)}, ${times(low)} to ${times(high)}`)}</title></circle>`,
        );
      });
      const numbers = points
        .map(({ runtime, value }) => `<tspan class="c${runtimes.indexOf(runtime)}">${times(value)}</tspan>`)
        .join(" · ");
      parts.push(`<text class="number" x="${NAMES + PLOT + 10}" y="${middle + 4}">${numbers}</text>`);
      y += LINE;
    }
  }
  const legend = runtimes.map(
    (runtime, i) =>
      `<circle class="c${i}" cx="${NAMES + i * 130 + 6}" cy="48" r="4"/><text class="legend" x="${NAMES + i * 130 + 16}" y="52">${escaped(runtime)}</text>`,
  );
  const colours = (/** @type {readonly string[]} */ list) =>
    list
      .map((colour, i) => `circle.c${i}, tspan.c${i} { fill: ${colour} } path.c${i} { stroke: ${colour} }`)
      .join("\n  ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
  .ground { fill: #ffffff }
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .group { font-size: 13px; font-weight: 600 }
  .label { text-anchor: end }
  .tick, .axis { text-anchor: middle; fill: #59636e }
  .grid { stroke: #d0d7de }
  .one { stroke: #59636e; stroke-width: 1.5 }
  .range { stroke-width: 2 }
  ${colours(COLOURS)}
  @media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117 }
  text { fill: #f0f6fc }
  .tick, .axis { fill: #9198a1 }
  .grid { stroke: #3d444d }
  .one { stroke: #9198a1 }
  ${colours(DARK)}
  }
</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
<text class="title" x="8" y="26">${escaped(title)}</text>
${legend.join("\n")}
${parts.join("\n")}
<text class="axis" x="${NAMES + PLOT / 2}" y="${height - 8}">times as good as the peer: 1× is the same, more is better</text>
</svg>
`;
}
