/** The measured end that is a component, on our host and on others; it prints how long its work took. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findPython, findWasmtimeCommand } from "../../test/sides/wasmtime.ts";
import { stopwatch } from "../clock.ts";
import type { Row } from "../row.ts";

// compiled, this file lies in build/bench/ends
const root = fileURLToPath(new URL("../../../", import.meta.url));
const cli = join(root, "build/dist/cli.js");
const require = createRequire(import.meta.url);
const exec = promisify(execFile);
const SECONDS = 100;

/** Why the programs in C are missing, where they are. */
export const noZig: string = "the programs in C aren't built: run node tools/zig.mjs";

/** Something that runs components. */
export interface Runner {
  /** Its command line, to which a component and its arguments are added. */
  command(): readonly string[];
  /** Whether it doesn't end when the component has, which is over when it has printed. */
  readonly lingers?: boolean;
  /** Whether what it runs is what was built for WASI 0.3. */
  readonly isOf03?: boolean;
  /** Why it isn't there, where it isn't. */
  missing?(): string | undefined;
}

/** A component. */
export interface Guest {
  readonly file: string;
  /** Why it isn't there, where it isn't. */
  missing?(): string | undefined;
}

const ours = [cli, "run", "--allow-net", "--allow-listen"];

/** `wasock run`, which suspends the guest. */
export const suspending: Runner = { command: () => [process.execPath, ...ours] };

/** `wasock run --sync`, which blocks the guest on a thread of its own. */
export const blocking: Runner = { command: () => [process.execPath, ...ours, "--sync"] };

/** `jco run`, with preview2-shim's host. */
export const jco: Runner = {
  command: () => {
    const program = join(dirname(require.resolve("@bytecodealliance/jco")), "jco.js");
    return [process.execPath, program, "run"];
  },
};

/** Wasmtime, from Python. */
export const wasmtime: Runner = {
  command: () => {
    const found = findPython();
    if ("reason" in found) throw new Error(found.reason);
    return [found.python, join(root, "test/sides/command.py")];
  },
  missing: () => {
    const found = findPython();
    return "reason" in found ? found.reason : undefined;
  },
};

/** `wasock run` of a program of WASI 0.3. */
export const ours03: Runner = { ...suspending, isOf03: true };

/** jco's glue with preview3-shim. */
export const jco03: Runner = {
  command: () => [process.execPath, fileURLToPath(new URL("jco03.js", import.meta.url))],
  isOf03: true,
  lingers: true,
};

/** Wasmtime's command. */
export const wasmtime03: Runner = {
  command: () => {
    const found = findWasmtimeCommand();
    if ("reason" in found) throw new Error(found.reason);
    return [found.command, "run", "-S", "inherit-network"];
  },
  missing: () => {
    const found = findWasmtimeCommand();
    return "reason" in found ? found.reason : undefined;
  },
  isOf03: true,
};

/** bench/programs/host.ts. */
export const assemblyscript: Guest = { file: join(root, "build/bench/programs/host.wasm") };

/** bench/programs/c/host.c. */
export const c: Guest = {
  file: join(root, "build/bench/programs/c/host.wasm"),
  missing: () => (existsSync(c.file) ? undefined : noZig),
};

/** Our host beside another that runs the same component. */
export interface Pairing {
  readonly ours: Runner;
  readonly mode: string;
  readonly peer: Runner;
  readonly peerName: string;
  /** Whether the peer is so slow that it is given less to do, and by what part still. */
  readonly isSlow?: boolean;
  readonly part?: number;
  readonly needs?: "suspending";
}

const suspended = { ours: suspending, mode: "wasock run", needs: "suspending" } as const;
const blocked = { ours: blocking, mode: "wasock run --sync" } as const;
const withJco = { peer: jco, peerName: "jco run", isSlow: true } as const;
const withWasmtime = { peer: wasmtime, peerName: "Wasmtime" } as const;

export const suspendingAndJco: Pairing = { ...suspended, ...withJco };
export const blockingAndJco: Pairing = { ...blocked, ...withJco };
export const suspendingAndWasmtime: Pairing = { ...suspended, ...withWasmtime };
export const blockingAndWasmtime: Pairing = { ...blocked, ...withWasmtime };

const of03 = { ours: ours03, mode: "wasock run, WASI 0.3" } as const;

/** A round trip takes preview3-shim 40 ms. */
export const with03AndJco: Pairing = {
  ...of03,
  peer: jco03,
  peerName: "jco and preview3-shim",
  isSlow: true,
  part: 0.05,
  needs: "suspending",
};
export const with03AndWasmtime: Pairing = { ...of03, peer: wasmtime03, peerName: "Wasmtime's command" };
export const with03And02: Pairing = { ...of03, peer: suspending, peerName: "WASI 0.2", needs: "suspending" };

/** What all rows of a pairing have in common. */
export function rowBase(
  { peer, needs }: Pairing,
  guest: Guest,
): Pick<Row, "fresh" | "rounds" | "missing" | "needs"> {
  return {
    fresh: true,
    rounds: 3,
    missing: () => guest.missing?.() ?? peer.missing?.(),
    ...(needs === undefined ? {} : { needs }),
  };
}

/** Runs a component to its end; the nanoseconds that it printed. */
export async function runGuest(
  { command, isOf03, lingers }: Runner,
  { file }: Guest,
  args: readonly (string | number)[],
): Promise<number> {
  const component = isOf03 ? file.replace(/\.wasm$/, ".wasi03.wasm") : file;
  const [program = "", ...rest] = [...command(), component, ...args.map(String)];
  const running = exec(program, rest, { timeout: SECONDS * 1000 });
  if (lingers) running.child.stdout?.once("data", () => running.child.kill());
  const { stdout } = await running.catch((error: { readonly stdout: string }) => {
    if (lingers && error.stdout !== "") return error;
    throw error;
  });
  return Number(stdout);
}

/** Milliseconds from the command line to the end of a guest that does nothing; it is known from before. */
export async function startGuest(runner: Runner, guest: Guest): Promise<number> {
  await runGuest(runner, guest, ["start", 0]);
  const seconds = stopwatch();
  await runGuest(runner, guest, ["start", 0]);
  return seconds() * 1000;
}
