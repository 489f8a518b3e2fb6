// A page in Chromium, without a window: started, driven by its DevTools protocol over a pipe, and ended.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** It is to ask nobody in the network for anything: only pages of this machine are looked at. */
const FLAGS = [
  ...["--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage"],
  ...["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-pipe"],
];

/** How long one answer may take, in milliseconds: a busy machine starts a browser slowly. */
const PATIENCE = 120_000;

/** @returns {string | undefined} where `CHROMIUM` or the path have one */
export function findChromium() {
  const own = process.env["CHROMIUM"];
  if (own !== undefined) return own;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) =>
    existsSync(path),
  );
}

/**
 * @typedef {object} BrowserPage
 * @property {(method: string, params?: object) => Promise<any>} send a command of the protocol; rejects with what it says
 * @property {(expression: string) => Promise<any>} evaluate what an expression comes to in the page, which may be a promise
 * @property {(method: string) => Promise<any>} next the next event of that name
 * @property {string[]} faults what the page has thrown, or could not load
 */

/**
 * Opens an empty page for the time of `work`.
 *
 * @param {string} program the browser
 * @param {(page: BrowserPage) => Promise<void>} work
 */
export async function inChromium(program, work) {
  const folder = mkdtempSync(join(tmpdir(), "wasock-chromium-"));
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const child = spawn(program, [...FLAGS, ...asRoot, `--user-data-dir=${folder}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    detached: process.platform !== "win32",
  });
  try {
    await work(await open(child));
  } finally {
    const ended = new Promise((resolve) => child.once("close", resolve));
    if (child.pid !== undefined && child.exitCode === null) {
      // its own processes are in its group
      if (process.platform === "win32") child.kill("SIGKILL");
      else process.kill(-child.pid, "SIGKILL");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {import("node:child_process").ChildProcess} child the browser
 * @returns {Promise<BrowserPage>} its page
 */
async function open(child) {
  const [, , errors, toBrowser, fromBrowser] = /** @type {any[]} */ (child.stdio);
  let said = "";
  errors.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    said = (said + text).slice(-2000);
  });
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const pending = new Map();
  /** @type {Map<string, ((params: any) => void)[]>} */
  const waiting = new Map();
  /** @type {string[]} */
  const faults = [];
  const fail = (/** @type {string} */ why) => {
    for (const { reject } of pending.values()) reject(new Error(`${why}\n${said}`));
    pending.clear();
  };
  child.once("error", (error) => fail(error.message));
  child.once("exit", (code) => fail(`the browser has ended with ${code}`));
  toBrowser.on("error", () => fail("the browser does not listen any more"));
  let rest = "";
  fromBrowser.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop() ?? "";
    for (const message of messages) take(JSON.parse(message));
  });
  /** @param {any} message */
  function take({ id, result, error, method, params }) {
    if (id !== undefined) {
      const call = pending.get(id);
      pending.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error.message));
      return;
    }
    if (method === "Runtime.exceptionThrown")
      faults.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Log.entryAdded" && params.entry.level === "error")
      faults.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    for (const resolve of waiting.get(method) ?? []) resolve(params);
    waiting.delete(method);
  }
  let calls = 0;
  /**
   * @param {string} method
   * @param {object} params
   * @param {string} [sessionId]
   * @returns {Promise<any>}
   */
  function send(method, params = {}, sessionId) {
    const id = ++calls;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer\n${said}`)), PATIENCE);
      const done = (/** @type {(value: any) => void} */ settle) => (/** @type {any} */ value) => {
        clearTimeout(timer);
        settle(value);
      };
      pending.set(id, { resolve: done(resolve), reject: done(reject) });
      toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const inPage = (/** @type {string} */ method, params = {}) => send(method, params, sessionId);
  for (const domain of ["Page", "Runtime", "Log"]) await inPage(`${domain}.enable`);
  return {
    send: inPage,
    faults,
    evaluate: async (expression) => {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await inPage("Runtime.evaluate", options);
      if (exceptionDetails !== undefined)
        throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    next: (method) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${method}\n${said}`)), PATIENCE);
        const take = (/** @type {any} */ params) => {
          clearTimeout(timer);
          resolve(params);
        };
        waiting.set(method, [...(waiting.get(method) ?? []), take]);
      }),
  };
}
