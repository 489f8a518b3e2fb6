/**
 * A test with the three promises that every test of the library makes: it ends in time, nothing that it did
 * is unhandled, and nothing is left open.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { core, coreHost, handlesInUse } from "../../../src/core.ts";
import { bind, close, makeSockaddr, type Socket, socket } from "../../../src/index.ts";

// The core has one handle for good, its network's, from the first time on that it needs it.
const first = socket(2, 1) as Socket;
await bind(first, makeSockaddr("127.0.0.1"));
await close(first);

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("uncaughtException", (error) => unhandled.push(error));

/** How long a test may take, in seconds, unless it says otherwise. */
const PATIENCE = 20;

/**
 * Adds a test.
 *
 * @param name what is promised
 * @param body closes what it opens
 * @param seconds how long it may take; default 20
 */
export function scenario(name: string, body: () => void | Promise<void>, seconds: number = PATIENCE): void {
  test(name, async () => {
    const before = inUse();
    await within(seconds, Promise.resolve().then(body), "the test");
    await until(() => same(inUse(), before), 5).catch(() =>
      assert.equal(inUse(), before, "something is left open"),
    );
    assert.equal(unhandled.splice(0).map(String), [], "something is unhandled");
  });
}

/** Fails when a promise is not settled in time. */
export async function within<T>(seconds: number, promise: Promise<T>, what = "it"): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${seconds} s`)), seconds * 1000);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Lets the event loop turn until a condition holds; fails after some seconds. */
export async function until(condition: () => boolean, seconds = 10): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${seconds} s: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets the event loop look so many times for what the kernel has. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** What the library, its core and its host hold, and this process' descriptors. */
export function inUse(): Record<string, number> {
  return {
    "sockets of the core": core.openSockets(),
    "operations of the core": core.openOperations(),
    "handles of the core": handlesInUse(),
    ...coreHost.stats(),
    "descriptors of sockets": socketDescriptors(),
  };
}

function same(a: Record<string, number>, b: Record<string, number>): boolean {
  return Object.keys(a).every((key) => a[key] === b[key]);
}

/** How many sockets this process has open; 0 where the platform does not tell. */
function socketDescriptors(): number {
  let count = 0;
  try {
    for (const fd of readdirSync("/proc/self/fd")) {
      try {
        if (readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:")) count++;
      } catch {
        // it was the descriptor of the listing itself
      }
    }
  } catch {
    // not Linux
  }
  return count;
}
