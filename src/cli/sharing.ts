/** Seeds shared among processes, each of which is asked whether it is still there. */
import { type ChildProcess, fork } from "node:child_process";
import { printable } from "../../host/messages/printable.ts";

/** What is shared, and how. */
export interface Shared {
  readonly seeds: number;
  readonly first: number;
  readonly jobs: number;
  /** As `--faults`. */
  readonly faults: string | undefined;
  /** For how many milliseconds a process may not answer. */
  readonly patience: number;
  /** Told of each seed, with the line of JSON that tells of it. */
  readonly onSeed: (done: number, line: string) => void;
}

/** What came of it. */
export interface Outcome {
  /** The first seed that failed. */
  readonly failing: number | undefined;
  /** Whether it failed as its process no longer answered. */
  readonly isStuck: boolean;
  /** Where it couldn't be run, which has been told. */
  readonly exitCode: number | undefined;
}

/** How often a process is asked. */
const QUESTIONS = 4;

/** A part of the seeds, and the process that tries them. */
interface Part {
  readonly child: ChildProcess;
  readonly from: number;
  /** How many it has tried. */
  done: number;
  /** How often it was asked since it has answered; nothing until it has begun. */
  asked: number | undefined;
}

interface SeedLine {
  readonly kind: "seed" | "end";
  readonly seed: number;
  readonly failure: string | null;
}

/** Answers who has started this process for a part of the seeds; a program that never waits keeps it from that. */
export function answer(): void {
  if (!process.connected) return;
  const say = (): void => void process.send?.(0);
  process.on("message", say);
  process.channel?.unref();
  say();
}

/**
 * Shares seeds among processes, and ends those behind the first seed that fails.
 *
 * @param file the scenario
 */
export async function share(file: string, shared: Shared): Promise<Outcome> {
  const { seeds, first, jobs, faults, patience, onSeed } = shared;
  const each = Math.ceil(seeds / jobs);
  let done = 0;
  let failing: number | undefined;
  let stuck: number | undefined;
  let exitCode: number | undefined;
  const parts = new Set<Part>();
  const fail = (seed: number): void => {
    if (failing === undefined || seed < failing) failing = seed;
    for (const { child, from } of parts) if (from > failing) child.kill("SIGKILL");
  };
  const take = (part: Part, line: string): void => {
    let told: SeedLine;
    try {
      told = JSON.parse(line) as SeedLine;
    } catch {
      // what a scenario prints itself
      console.log(line);
      return;
    }
    if (told.kind !== "seed") return;
    part.done++;
    onSeed(++done, line);
    if (told.failure !== null) fail(told.seed);
  };
  const work = Array.from({ length: jobs }, async (_, i): Promise<void> => {
    const from = first + i * each;
    const count = Math.min(each, first + seeds - from);
    if (count <= 0) return;
    const args = ["simulate", file, "--json", "--jobs=1", `--first=${from}`, `--seeds=${count}`];
    const child = fork(
      process.argv[1] as string,
      [...args, ...(faults === undefined ? [] : [`--faults=${faults}`])],
      { stdio: ["ignore", "pipe", "inherit", "ipc"] },
    );
    const part: Part = { child, from, done: 0, asked: undefined };
    parts.add(part);
    child.on("message", () => {
      part.asked = 0;
    });
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      const lines = (text + piece).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) take(part, line);
    });
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        parts.delete(part);
        // of those that can't go on the first is enough
        if (code !== 0 && code !== 1 && !child.killed && exitCode === undefined) {
          // where it has ended by itself it has told why
          if (code === null) {
            console.error(
              `wasock: ${printable(file, 1000)}: seed ${from + part.done} was ended by ${signal}`,
            );
          }
          exitCode = code ?? 2;
          for (const other of parts) other.child.kill("SIGKILL");
        }
        resolve();
      });
    });
  });
  const watch = setInterval(() => {
    for (const part of parts) {
      if (part.asked === undefined) continue;
      if (++part.asked > QUESTIONS) {
        const seed = part.from + part.done;
        if (stuck === undefined || seed < stuck) stuck = seed;
        part.child.kill("SIGKILL");
        fail(seed);
      } else if (part.child.connected) part.child.send(0, () => {});
    }
  }, patience / QUESTIONS);
  try {
    await Promise.all(work);
  } finally {
    clearInterval(watch);
    for (const { child } of parts) child.kill();
  }
  return { failing, isStuck: failing !== undefined && failing === stuck, exitCode };
}
