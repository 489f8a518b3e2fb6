// The docs' site as a reader has it: in a browser, who types into the search and follows what it finds.

import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { findChromium, inChromium } from "./chromium.mjs";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

/** What is typed, the page that has to be among what is found, and what stands where it leads. */
const SEARCHES = [
  ["receiveInto", "api-wasock.html#receiveinto", "receiveInto"],
  ["econnrefused", "error-econnrefused.html", "ECONNREFUSED"],
  ["deny-net", "commands.html", "Commands"],
];

/**
 * Serves a folder on a loopback address.
 *
 * @param {string} folder
 * @returns {Promise<{ url: string, close: () => void }>}
 */
async function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    const file = join(folder, path === "/" ? "index.html" : path);
    const type = TYPES[/** @type {keyof typeof TYPES} */ (extname(file))];
    // the browser asks for an icon by itself
    if (path === "/favicon.ico") return void response.writeHead(204).end();
    if (type === undefined || !existsSync(file)) return void response.writeHead(404).end();
    response.setHeader("content-type", type);
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Searches as a reader would.
 *
 * @param {string} folder the site
 * @param {readonly string[]} pages its pages, each of which is opened
 * @returns {Promise<string[] | undefined>} what is wrong; `undefined` where there is no browser
 */
export async function checkInChromium(folder, pages) {
  const program = findChromium();
  if (program === undefined) return undefined;
  /** @type {string[]} */
  const problems = [];
  const site = await serve(folder);
  try {
    await inChromium(program, async (page) => {
      const load = async (/** @type {() => Promise<unknown>} */ begin) => {
        const loaded = page.next("Page.loadEventFired");
        await begin();
        await loaded;
      };
      for (const [words, wanted, heading] of SEARCHES) {
        await load(() => page.send("Page.navigate", { url: `${site.url}index.html` }));
        const found = await search(page, String(words));
        const at = found.findIndex(({ url }) => url === wanted);
        const first = found[at];
        if (first === undefined) {
          const urls = found.map(({ url }) => url).join(", ");
          problems.push(`in Chromium "${words}" finds ${urls || "nothing"}, and not ${wanted}`);
          continue;
        }
        await load(() => click(page, first));
        const seen = await page.evaluate(`({
          url: location.pathname.slice(1) + location.hash,
          text: (document.querySelector(location.hash || "h1")?.textContent ?? ""),
          top: (document.querySelector(location.hash || "h1")?.getBoundingClientRect().top ?? -1),
          height: innerHeight,
        })`);
        if (seen.url !== wanted || !seen.text.includes(heading) || seen.top < -1 || seen.top >= seen.height)
          problems.push(`in Chromium a click on ${wanted} shows ${JSON.stringify(seen)}`);
      }
      for (const each of pages) {
        await load(() => page.send("Page.navigate", { url: site.url + each }));
        const width = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        if (width > 0) problems.push(`in Chromium ${each} is ${width} pixels wider than its window`);
      }
      await load(() => page.send("Page.navigate", { url: `${site.url}playground.html` }));
      problems.push(...(await play(page)).map((problem) => `in Chromium the playground ${problem}`));
      problems.push(...page.faults.map((fault) => `in Chromium: ${fault}`));
    });
  } finally {
    site.close();
  }
  return problems;
}

/** @typedef {{ url: string, x: number, y: number }} Found a link, and where its middle is in the window */

/**
 * Types into the search, and waits for what it finds.
 *
 * @param {import("./chromium.mjs").BrowserPage} page
 * @param {string} words
 * @returns {Promise<Found[]>}
 */
async function search(page, words) {
  await page.evaluate("document.querySelector('#search').focus()");
  const all = JSON.stringify(words);
  // the list is filled anew with each letter: the last is in it when the field has all of them
  const filled = page.evaluate(`new Promise((resolve) => {
    const list = document.querySelector("#found");
    new MutationObserver((_, observer) => {
      if (document.querySelector("#search").value !== ${all} || list.children.length === 0) return;
      observer.disconnect();
      resolve();
    }).observe(list, { childList: true });
    setTimeout(resolve, 30000);
  })`);
  for (const letter of words) await page.send("Input.dispatchKeyEvent", { type: "char", text: letter });
  await filled;
  const look = () =>
    page.evaluate(`new Promise((resolve) => setTimeout(() => {
      resolve([...document.querySelectorAll("#found a")].map((link) => {
        const { x, y, width, height } = link.getBoundingClientRect();
        return { url: link.getAttribute("href"), x: x + width / 2, y: y + height / 2 };
      }));
    }, 100))`);
  // where the list is still being filled, a click would miss
  let found = await look();
  for (let next = await look(); !isDeepStrictEqual(found, next); next = await look()) found = next;
  return found;
}

/**
 * @param {import("./chromium.mjs").BrowserPage} page
 * @param {Found} where
 */
async function click(page, { x, y }) {
  for (const type of ["mousePressed", "mouseReleased"])
    await page.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
}

/** Moves a slider as a hand does, and gives what came of the run: what the picture shows, and the words beside it. */
const MOVE = `async (id, value) => {
  const field = document.querySelector("#" + id);
  // a run that was begun before may end only now
  const played = new Promise((resolve) =>
    document.addEventListener("played", function told(event) {
      if (event.detail.given[id] !== value) return;
      document.removeEventListener("played", told);
      resolve(event);
    }),
  );
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const { detail } = await played;
  const count = (kind) => document.querySelectorAll("#history g." + kind).length;
  const texts = [...document.querySelectorAll("#history g text")].map(({ textContent }) => textContent);
  return {
    now: detail.now, hash: detail.hash, outcome: document.querySelector("#outcome").textContent,
    sent: count("sent"), lost: count("lost"), failed: count("failed"), cut: count("partition"), texts,
  };
}`;

/**
 * Plays: breaks the network, edits a program, and puts both back.
 *
 * @param {import("./chromium.mjs").BrowserPage} page the playground
 * @returns {Promise<string[]>} what is wrong
 */
async function play(page) {
  /** @type {string[]} */
  const wrong = [];
  const move = (/** @type {string} */ id, /** @type {unknown} */ value) =>
    page.evaluate(`(${MOVE})(${JSON.stringify(id)}, ${JSON.stringify(value)})`);
  const expect = (/** @type {unknown} */ holds, /** @type {string} */ what, /** @type {unknown} */ seen) => {
    if (!holds) wrong.push(`${what}: ${JSON.stringify(seen).slice(0, 500)}`);
  };
  const quick = await move("latency", "5");
  expect(quick.texts.includes('hears "are you there?"'), "does not show what is heard", quick);
  expect(quick.sent > 0 && quick.lost === 0 && quick.failed === 0, "shows no whole network", quick);
  const slow = await move("latency", "400");
  expect(slow.now > quick.now, "is not slower with latency", slow);
  const lossy = await move("loss", "40");
  expect(lossy.lost > 0, "shows no loss", lossy);
  const cut = await move("cut", "3000");
  expect(cut.cut === 1, "shows no cut", cut);
  await move("cut", "0");
  await move("loss", "0");
  const again = await move("latency", "5");
  expect(again.hash === quick.hash, "has another history with the same seed", [quick.hash, again.hash]);
  const own = await page.evaluate("document.querySelector('#client').value");
  const edited = await move("client", "throw new Error('edited')");
  expect(edited.texts.includes("edited") && edited.failed > 0, "does not run what was edited", edited);
  await move("client", own);
  return wrong;
}
