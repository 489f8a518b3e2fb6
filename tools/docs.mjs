#!/usr/bin/env node
// Builds the site of the docs under build/site/: README and docs/ as pages, a page for each entry of the package with what it exports,
// and a search over all of it.
//
//     node tools/docs.mjs
//
// Fails where a link within the site leads nowhere, an export has no docstring, an error's code has no words, or the search does not
// find what it should; the last is tried in Chromium too, where there is one.

import "./lib/help.mjs";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { runInNewContext } from "node:vm";
import { Marked } from "marked";
import { build } from "rolldown";
import { exportsOf } from "./lib/api.mjs";
import { ERROR_WORDS, PASSED_ON, RUN_ERRORS } from "./lib/error-words.mjs";
import { duration, root } from "./lib/files.mjs";
import { run } from "./lib/process.mjs";
import { escaped, page, SEARCH } from "./lib/site.mjs";
import { checkInChromium } from "./lib/site-in-chromium.mjs";

/** @typedef {{ file: string, title: string, html: string }} Page */
/** @typedef {{ title: string, where: string, url: string, text: string }} Entry what the search knows */

const SITE = join(root, "build/site");

/** What is not made of docs/*.md, by its path from the repository, and its page. */
const ROOT_PAGES = {
  "README.md": "index.html",
  "CHANGELOG.md": "changelog.html",
  "CONTRIBUTING.md": "contributing.html",
  "SECURITY.md": "security.html",
  "CODE_OF_CONDUCT.md": "code-of-conduct.html",
  "examples/README.md": "examples.html",
};

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** @param {string} entry one that is AssemblyScript */
const source = (entry) => /** @type {string} */ (exports[entry]);

/** The entries that programs import, and where their declarations are. */
const ENTRIES = [
  { name: "wasock", file: "build/src/index.d.ts", page: "api-wasock.html" },
  { name: "wasock/host", file: "build/host/index.d.ts", page: "api-host.html" },
  { name: "wasock/host/lowered", file: "build/host/lowered/index.d.ts", page: "api-lowered.html" },
  { name: "wasock/host/preview1", file: "build/host/preview1/index.d.ts", page: "api-preview1.html" },
  { name: "wasock/testing", file: "build/src/testing/index.d.ts", page: "api-testing.html" },
  { name: "wasock/assembly", file: source("./assembly"), page: "api-assembly.html" },
  { name: "wasock/assembly/abi", file: source("./assembly/abi"), page: "api-abi.html" },
];

/** @type {Entry[]} */
const index = [];
/** @type {string[]} */
const problems = [];

/**
 * @param {string} text a heading
 * @returns {string} its anchor, as GitHub makes it
 */
function slug(text) {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

/**
 * Where a link of a page leads on the site; what is no page is a file of the repository, which is only named.
 *
 * @param {string} href as it was written
 * @param {string} from the file that it was written in
 * @returns {string | undefined} `undefined` where the site has no such page
 */
function linked(href, from) {
  if (/^(?:[a-z]+:|#)/.test(href)) return href;
  const [path = "", anchor] = href.split("#");
  const target = posix.normalize(posix.join(posix.dirname(from), path));
  const own = Object.hasOwn(ROOT_PAGES, target)
    ? ROOT_PAGES[/** @type {keyof typeof ROOT_PAGES} */ (target)]
    : undefined;
  const html =
    own ?? (/^docs\/[\w-]+\.md$/.test(target) ? basename(target).replace(/\.md$/, ".html") : undefined);
  if (html !== undefined) return html + (anchor === undefined ? "" : `#${anchor}`);
  if (/\.svg$/.test(target)) return posix.relative("docs", target);
  return undefined;
}

/**
 * Makes a page of Markdown.
 *
 * @param {string} source its file, from the repository
 * @param {string} file the page
 * @param {string} text Markdown
 * @returns {Page}
 */
function pageOf(source, file, text) {
  let title = "";
  let section = { anchor: "", heading: "" };
  /** @type {Map<string, string>} */
  const words = new Map([["", ""]]);
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: plain }) {
        const bare = plain.replace(/[`*]|\]\([^)]*\)|\[/g, "");
        if (depth === 1 && title === "") title = bare;
        section = { anchor: slug(bare), heading: bare };
        index.push({
          title: bare,
          where: title,
          url: depth === 1 ? file : `${file}#${section.anchor}`,
          text: "",
        });
        return `<h${depth} id="${section.anchor}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      codespan({ text: plain }) {
        const code = `<code>${escaped(plain)}</code>`;
        if (!CODES.has(plain) || file === errorFile(plain).replace(/md$/, "html")) return code;
        return `<a href="${errorFile(plain).replace(/md$/, "html")}">${code}</a>`;
      },
      link({ href, tokens }) {
        const label = this.parser.parseInline(tokens);
        const target = linked(href, source);
        return target === undefined ? label : `<a href="${target}">${label}</a>`;
      },
      image({ href, text: alt }) {
        return `<img src="${linked(href, source) ?? href}" alt="${alt}">`;
      },
      table(token) {
        const row = (/** @type {import("marked").Tokens.TableCell[]} */ cells, /** @type {string} */ tag) =>
          `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("")}</tr>`;
        const rows = token.rows.map((cells) => row(cells, "td")).join("\n");
        return `<div class="table"><table>\n${row(token.header, "th")}\n${rows}\n</table></div>\n`;
      },
    },
    walkTokens(token) {
      if (
        token.type !== "paragraph" &&
        token.type !== "list" &&
        token.type !== "table" &&
        token.type !== "code"
      )
        return;
      words.set("", `${words.get("")} ${token.raw}`);
    },
  });
  const html = /** @type {string} */ (marked.parse(text));
  const first = index.find(({ url }) => url === file);
  if (first !== undefined) first.text = (words.get("") ?? "").replace(/\s+/g, " ").slice(0, 20_000);
  return { file, title: title || file, html };
}

/**
 * Makes the page of an entry: each thing that it exports, with its docstring.
 *
 * @param {typeof ENTRIES[number]} entry
 * @returns {Page}
 */
function apiPage({ name, file, page: html }) {
  const parts = [`# \`${name}\``];
  for (const { name: exported, kind, signature, doc } of exportsOf(join(root, file))) {
    // what the component model calls is nobody's to read
    if (doc === "" && exported !== "cabi_realloc" && !exported.startsWith("addressInfo"))
      problems.push(`${name}: ${exported} has no docstring`);
    parts.push(`## ${exported}`, `_${kind}_`, `\`\`\`ts\n${signature}\n\`\`\``, linkCodes(inMarkdown(doc)));
  }
  return pageOf(`docs/${html}`, html, parts.join("\n\n"));
}

/**
 * @param {string} doc a docstring
 * @returns {string} with its tags as a list
 */
function inMarkdown(doc) {
  const [text = "", ...tags] = doc.split(/^@/m);
  const links = (/** @type {string} */ words) => words.replace(/\{@link (?:\w+\.)*([^}]*)\}/g, "`$1`");
  const items = tags.map((tag) => {
    const [, kind = "", rest = ""] = /^(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
    const [, subject = "", more = ""] = (kind === "param" && /^(\S+)\s*([\s\S]*)$/.exec(rest)) || [
      undefined,
      "",
      rest,
    ];
    const label =
      kind === "param"
        ? `\`${subject}\``
        : ({ returns: "returns", throws: "throws", see: "see" }[kind] ?? kind);
    return `- ${label}: ${links(more).replace(/\s+/g, " ").trim()}`;
  });
  return [links(text).trim(), items.join("\n")].filter((part) => part !== "").join("\n\n");
}

/** @returns {Promise<Page>} what the commands say of themselves */
async function commandPage() {
  const parts = ["# Commands"];
  const lines = [
    [],
    ["run", "--help"],
    ["build", "--help"],
    ["init", "--help"],
    ["relay", "--help"],
    ["doctor", "--help"],
    ["trust", "--help"],
  ];
  const topics = ["network", "limits", "program", "testing", "telling"].map((topic) => [
    "run",
    "--help",
    topic,
  ]);
  for (const args of [...lines, ...topics, ["cache", "--help"], ["completion", "--help"]]) {
    const { stdout } = await run(process.execPath, [join(root, "build/dist/cli.js"), ...args], {
      capture: true,
    });
    parts.push(`## wasock ${args.join(" ")}`.trim(), `\`\`\`text\n${stdout.trim()}\n\`\`\``);
  }
  return pageOf("docs/commands.md", "commands.html", parts.join("\n\n"));
}

/** @param {string} code an error's name @returns {string} the file that its page would have in docs/ */
const errorFile = (code) => `error-${code.toLowerCase().replaceAll("_", "-")}.md`;

/** Codes that have a page. */
const CODES = new Set([ERROR_WORDS, PASSED_ON, RUN_ERRORS].flatMap((words) => Object.keys(words)));

/**
 * @param {string} text Markdown
 * @returns {string} with links to the pages of the codes in it that stand outside of code
 */
function linkCodes(text) {
  return text.replace(/`[^`]*`|\bE[A-Z0-9_]{3,}\b/g, (word) =>
    CODES.has(word) ? `[${word}](${errorFile(word)})` : word,
  );
}

/** @returns {Promise<Page[]>} a page for each error's code, and one that lists them */
async function errorPages() {
  // a name that TypeScript does not follow: what is built need not be there
  const built = new URL("../build/src/index.js", import.meta.url).href;
  const { errorName, errorMessage } = await import(built);
  const own = exportsOf(join(root, "build/src/index.d.ts"));
  /** @type {Page[]} */
  const pages = [];
  const rows = [];
  const known = new Set();
  for (let number = 1; number < 134; number++) {
    const code = errorName(-number);
    if (!/^E[A-Z]+$/.test(code)) continue;
    known.add(code);
    const words = ERROR_WORDS[code];
    const passed = Object.hasOwn(PASSED_ON, code)
      ? PASSED_ON[/** @type {keyof typeof PASSED_ON} */ (code)]
      : undefined;
    if ((words === undefined) === (passed === undefined))
      problems.push(`tools/lib/error-words.mjs: ${code} must have words, and in one place`);
    const mark = new RegExp(`\\b${code}\\b`);
    const named = own
      .filter(({ doc, signature }) => mark.test(doc) || mark.test(signature))
      .map(({ name }) => name);
    const reasons = words?.from.map(([calls, why]) => `- ${calls}: ${why}`) ?? [
      `No call of the core's makes it. A connection fails with it where the system or another host says so: ${passed}.`,
    ];
    const parts = [
      `# ${code}`,
      `\`${-number}\`: ${errorMessage(-number)}. A \`NetError\` has the name as its \`code\` and the number as its \`errno\`, on every platform; a function returns the number, or tells it by \`lastError\`.`,
      "## Which calls give it, and why",
      reasons.join("\n"),
      ...(words === undefined ? [] : ["## What to do", words.todo]),
      ...(named.length === 0
        ? []
        : [
            "## Where the reference names it",
            named.map((name) => `[\`${name}\`](api-wasock.md#${slug(name)})`).join(", "),
          ]),
      "[All error codes](errors.md)",
    ];
    const file = errorFile(code);
    pages.push(pageOf(`docs/${file}`, file.replace(/md$/, "html"), parts.join("\n\n")));
    rows.push(`| [${code}](${file}) | ${-number} | ${errorMessage(-number)} |`);
  }
  for (const code of [...Object.keys(ERROR_WORDS), ...Object.keys(PASSED_ON)])
    if (!known.has(code)) problems.push(`tools/lib/error-words.mjs: the core knows no ${code}`);
  const declared = readFileSync(join(root, "build/host/run/run-error.d.ts"), "utf8");
  const runCodes = new Set([...declared.matchAll(/"(ERR_[A-Z_]+)"/g)].map(([, code]) => String(code)));
  const runRows = [];
  for (const [code, [what, todo]] of Object.entries(RUN_ERRORS)) {
    if (!runCodes.delete(code)) problems.push(`tools/lib/error-words.mjs: RunError has no ${code}`);
    const file = errorFile(code);
    const parts = [
      `# ${code}`,
      `${what} A \`RunError\` of [\`runCommand\`](run.md) has it as its \`code\`, and a sentence that names what as its message; \`wasock run\` prints the sentence and ends with 2.`,
      "## What to do",
      String(todo),
      "[All error codes](errors.md)",
    ];
    pages.push(pageOf(`docs/${file}`, file.replace(/md$/, "html"), parts.join("\n\n")));
    runRows.push(`| [${code}](${file}) | ${what} |`);
  }
  for (const code of runCodes) problems.push(`tools/lib/error-words.mjs: ${code} has no words`);
  const list = [
    "# Errors",
    "Functions answer with a negative number, on every platform Linux's; a `NetError` has the name as its `code` and the number as its `errno`.",
    ["| code | number | meaning |", "| --- | --- | --- |", ...rows].join("\n"),
    "## Programs that can't be started",
    "`runCommand` rejects with a `RunError` that has one of these as its `code`.",
    ["| code | meaning |", "| --- | --- |", ...runRows].join("\n"),
  ];
  return [pageOf("docs/errors.md", "errors.html", list.join("\n\n")), ...pages];
}

/**
 * Puts the playground's scripts beside its page: what it runs is the package, as browsers have it, in one file.
 *
 * @returns {Promise<string>} what the page has
 */
async function playground() {
  const folder = join(root, "tools/site");
  const html = readFileSync(join(folder, "playground.html"), "utf8");
  const testing = join(root, "build/dist/browser/testing.js");
  await build({
    input: join(folder, "playground-run.js"),
    platform: "browser",
    external: [/^@bytecodealliance\//, "koffi"],
    resolve: { alias: { "wasock/testing": testing } },
    output: { file: join(SITE, "playground-run.js"), minify: true, codeSplitting: false },
    logLevel: "warn",
  });
  cpSync(join(folder, "playground.js"), join(SITE, "playground.js"));
  index.push({
    title: "Playground",
    where: "Playground",
    url: "playground.html",
    text: "chat server latency loss timeline",
  });
  return html;
}

/** @param {Page[]} pages what was made */
function checkLinks(pages) {
  const anchors = new Map(
    pages.map(({ file, html }) => [file, new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))]),
  );
  for (const { file, html } of pages) {
    for (const [, href = ""] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
      if (/^[a-z]+:/.test(href)) continue;
      const [target = "", anchor] = href.split("#");
      const there = target === "" ? file : target;
      const ids = anchors.get(there);
      if (ids === undefined ? !existsSync(join(SITE, there)) : anchor !== undefined && !ids.has(anchor))
        problems.push(`${file}: the link ${href} leads nowhere`);
    }
  }
}

/** Asks the search as a reader would. */
function checkSearch() {
  /** @type {any} */
  const context = { exports: {} };
  runInNewContext(`${SEARCH}\nexports.find = find;`, context);
  for (const [words, wanted] of [
    ["receiveInto", "api-wasock.html#receiveinto"],
    ["deny-net", "commands.html"],
    ["makeSockaddr", "api-wasock.html#makesockaddr"],
    ["trusted wasock.json", "permissions.html"],
    ["ECONNREFUSED", "error-econnrefused.html"],
    ["ERR_MEMORY", "error-err-memory.html"],
  ]) {
    const urls = context.exports.find(index, words).map((/** @type {Entry} */ { url }) => url);
    if (!urls.slice(0, 8).some((/** @type {string} */ url) => url.startsWith(String(wanted))))
      problems.push(
        `the search for "${words}" finds ${urls.slice(0, 8).join(", ") || "nothing"}, and not ${wanted}`,
      );
  }
}

const start = performance.now();
rmSync(SITE, { recursive: true, force: true });
mkdirSync(SITE, { recursive: true });
/** @type {Page[]} */
const pages = [];
for (const [source, file] of Object.entries(ROOT_PAGES))
  pages.push(pageOf(source, file, readFileSync(join(root, source), "utf8")));
for (const name of readdirSync(join(root, "docs")).filter((each) => each.endsWith(".md")))
  pages.push(
    pageOf(`docs/${name}`, name.replace(/\.md$/, ".html"), readFileSync(join(root, "docs", name), "utf8")),
  );
pages.push(await commandPage(), ...(await errorPages()), ...ENTRIES.map(apiPage));
const wit = readFileSync(join(root, "wit/net.wit"), "utf8");
pages.push(pageOf("docs/wit.md", "api-wit.html", `# \`wasock/wit\`\n\n\`\`\`wit\n${wit}\n\`\`\``));
pages.push({ file: "playground.html", title: "Playground", html: await playground() });
for (const each of pages) {
  mkdirSync(dirname(join(SITE, each.file)), { recursive: true });
  writeFileSync(join(SITE, each.file), page(each, pages));
}
cpSync(join(root, "docs"), SITE, {
  recursive: true,
  filter: (path) => path === join(root, "docs") || !path.includes(".") || path.endsWith(".svg"),
});
writeFileSync(join(SITE, "search.json"), JSON.stringify(index));
writeFileSync(join(SITE, "search.js"), SEARCH);
checkLinks(pages);
checkSearch();
const inBrowser = await checkInChromium(
  SITE,
  pages.map(({ file }) => file),
);
if (inBrowser === undefined)
  console.log("not looked at in Chromium, which is not here (or name it in CHROMIUM)");
else problems.push(...inBrowser);
for (const problem of problems) console.error(problem);
console.log(
  `build/site/index.html: ${pages.length} pages, ${index.length} places, ${duration(performance.now() - start)}`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
