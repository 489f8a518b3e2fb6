/** A page in Chromium that has the package's files, and runs functions of tests. */
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

interface Chromium {
  findChromium(): string | undefined;
  inChromium(program: string, work: (page: BrowserPage) => Promise<void>): Promise<void>;
}

interface BrowserPage {
  send(method: string, params?: object): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  next(method: string): Promise<unknown>;
  readonly faults: string[];
}

const { findChromium, inChromium } = (await import(`${root}tools/lib/chromium.mjs`)) as Chromium;

/** Where Chromium is. */
export const chromium: string | undefined = findChromium();

/** What a function in a page has of the package. */
export interface Package {
  readonly library: typeof import("../../src/index.ts");
  readonly host: typeof import("../../host/index.ts");
  readonly testing: typeof import("../../src/testing/index.ts");
}

/** A page that has loaded the package. */
export interface Page {
  /**
   * Calls a function in the page.
   *
   * @param work its text is taken there: it has what it is given, and nothing from around it
   * @param args what it is given behind the package: what JSON knows
   */
  run<Args extends unknown[], T>(
    work: (own: Package, ...args: Args) => T | Promise<T>,
    ...args: Args
  ): Promise<T>;
  /** What an expression comes to, which has the package as `own`. */
  evaluate(expression: string): Promise<unknown>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** What the page is: it may load nothing from elsewhere, and evaluate nothing. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>wasock</title><script type="module">
import * as library from "/build/dist/browser/index.js";
import * as host from "/build/dist/browser/host.js";
import * as testing from "/build/dist/browser/testing.js";
window.own = { library, host, testing };
</script>`;

const POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; connect-src *";

/** Serves the repository's files on a loopback address. */
async function serve(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    if (path === "/") {
      response.writeHead(200, { "content-type": "text/html", "content-security-policy": POLICY }).end(PAGE);
      return;
    }
    const file = join(root, path);
    const type = TYPES[extname(path)];
    if (type === undefined || !existsSync(file)) {
      response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
      return;
    }
    response.setHeader("content-type", type);
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Opens a page for the time of `work`.
 *
 * @throws Error for what the page has thrown and nobody caught, or could not load
 */
export async function withPage(work: (page: Page, url: string) => Promise<void>): Promise<void> {
  const site = await serve();
  try {
    await inChromium(chromium as string, async (page) => {
      const loaded = page.next("Page.loadEventFired");
      await page.send("Page.navigate", { url: site.url });
      await loaded;
      if ((await page.evaluate("typeof own")) !== "object") throw new Error(page.faults.join("\n"));
      await work(
        {
          evaluate: page.evaluate,
          run: (work, ...args) =>
            page.evaluate(`(${work})(window.own, ...${JSON.stringify(args)})`) as ReturnType<
              typeof work
            > as never,
        },
        site.url,
      );
      if (page.faults.length > 0) throw new Error(page.faults.join("\n"));
    });
  } finally {
    site.close();
  }
}
