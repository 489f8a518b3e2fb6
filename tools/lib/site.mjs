// What surrounds each page of the docs' site, and its search.

/** Runs in the page, and in tools/docs.mjs, which asks it. */
export const SEARCH = `/** The places whose title or text has all the words, the best first. */
function find(index, query) {
  const words = query.toLowerCase().split(/\\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  const scored = [];
  for (const entry of index) {
    const title = entry.title.toLowerCase();
    const text = (entry.where + " " + entry.text).toLowerCase();
    let score = 0;
    for (const word of words) {
      if (title === word) score += 100;
      else if (title.startsWith(word)) score += 40;
      else if (title.includes(word)) score += 20;
      else if (text.includes(word)) score += 1;
      else {
        score = 0;
        break;
      }
    }
    if (score > 0) scored.push({ entry, score });
  }
  return scored.sort((one, other) => other.score - one.score).map(({ entry }) => entry);
}

if (typeof document !== "undefined") {
  const input = document.querySelector("#search");
  const list = document.querySelector("#found");
  let index;
  input.addEventListener("input", async () => {
    index ??= await (await fetch("search.json")).json();
    list.replaceChildren(
      ...find(index, input.value).slice(0, 12).map(({ title, where, url }) => {
        const link = document.createElement("a");
        link.href = url;
        link.textContent = where === title || where === "" ? title : title + " – " + where;
        const item = document.createElement("li");
        item.append(link);
        return item;
      }),
    );
  });
}
`;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif }
body { display: grid; grid-template-columns: 15rem minmax(0, 50rem); gap: 2rem; margin: 0 auto; max-width: 70rem; padding: 1rem }
nav { font-size: .9rem; position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow: auto }
nav ul { list-style: none; padding: 0; margin: 0 0 1rem }
nav li { margin: .15rem 0 }
nav b { display: block; margin-top: .8rem }
#search { width: 100%; box-sizing: border-box; padding: .4rem; font: inherit }
#found { margin: .4rem 0 1rem }
a { color: light-dark(#0550ae, #79c0ff); text-decoration: none }
a:hover { text-decoration: underline }
pre, code { font: .88em ui-monospace, monospace; background: light-dark(#f3f4f6, #1c2128); border-radius: 4px }
code { padding: .1em .25em } pre { padding: .8rem; overflow: auto } pre code { padding: 0 }
table { border-collapse: collapse; font-size: .92rem } .table { overflow: auto }
td, th { border: 1px solid light-dark(#d0d7de, #3d444d); padding: .3rem .6rem; text-align: left; vertical-align: top }
img { max-width: 100% }
h2 { margin-top: 2.2rem; border-bottom: 1px solid light-dark(#d0d7de, #3d444d) }
@media (max-width: 50rem) {
  body { display: flex; flex-direction: column; gap: 0 }
  nav { display: contents }
  .pages { order: 1; margin-top: 2rem }
}`;

/** @typedef {{ file: string, title: string, html: string }} Page */

/**
 * @param {string} text
 * @returns {string} as it stands in HTML
 */
export const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * The whole of a page.
 *
 * @param {Page} own
 * @param {readonly Page[]} all for the list beside it
 * @returns {string} HTML
 */
export function page({ title, html }, all) {
  const list = (/** @type {string} */ heading, /** @type {readonly Page[]} */ pages) =>
    `<b>${heading}</b><ul>${pages.map((each) => `<li><a href="${each.file}">${escaped(each.title)}</a></li>`).join("")}</ul>`;
  const isApi = (/** @type {Page} */ { file }) =>
    file.startsWith("api-") || /^(?:commands|errors)\.html$/.test(file);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<nav>
<input id="search" type="search" placeholder="Search" aria-label="Search">
<ul id="found"></ul>
<div class="pages">
${list("Reference", all.filter(isApi))}
${list(
  "Docs",
  all.filter((each) => !isApi(each) && !each.file.startsWith("error-")),
)}
</div>
</nav>
<main>
${html}</main>
<script src="search.js"></script>
</body>
</html>
`;
}
