/** Options of `wasock run` that say how far a program may go, and how its end is told. */
import { printable } from "../../host/messages/printable.ts";
import { quantity, SIZES, TIMES } from "../../host/messages/quantity.ts";
import type { CallFrame, SourcePlace } from "../../host/run/call-frame.ts";
import type { RunResult } from "../../host/run/run-options.ts";
import { endThreads } from "../../host/run/thread.ts";
import { tell, tellsJson } from "./tell.ts";
import { UsageError } from "./usage.ts";

/** A program may be ended after so many milliseconds: setTimeout takes no more. */
const LONGEST = 2 ** 31 - 1;

/**
 * Reads `--timeout`.
 *
 * @param text such as `30s`, `500ms`, `1.5m`
 * @returns milliseconds
 * @throws UsageError
 */
export function timeoutOf(text: string): number {
  const time = Math.floor(quantity(text, TIMES) ?? 0);
  if (time < 1 || time > LONGEST) {
    throw new UsageError(
      `--timeout ${printable(text)}: it is to look like 30s, 500ms, 2m or 1h, at most 24 days`,
    );
  }
  return time;
}

/**
 * Reads `--max-memory`.
 *
 * @param text such as `256MiB`, or `none`
 * @returns bytes
 * @throws UsageError
 */
export function memoryOf(text: string): number {
  if (text === "none") return Number.POSITIVE_INFINITY;
  const bytes = Math.floor(quantity(text, SIZES) ?? 0);
  if (bytes < 1) {
    throw new UsageError(`--max-memory ${printable(text)}: it is to look like 256MiB, 64KiB, 2GiB or none`);
  }
  return bytes;
}

/**
 * Says how a program ended that did not end by itself.
 *
 * @param file as it was given
 * @param option what `--timeout` was
 */
export function tellEnd(
  file: string,
  { exitCode, trapped, frames, stats }: RunResult,
  option: string | undefined,
): void {
  const where = whereIn(frames);
  if (trapped === undefined && where === "" && !tellsJson()) return;
  const name = printable(file, 1000);
  const more = { exitCode, trapped: trapped ?? null, frames, stats: stats ?? null };
  if (trapped === undefined) {
    const text = where === "" ? `${name} ended with ${exitCode}` : `the error came about in ${where}`;
    tell("end", text, more, where === "" ? undefined : "bad");
    return;
  }
  if (trapped.reason === "timeout") {
    tell("end", `${name} was ended after ${option} (--timeout)`, more, "bad");
  } else {
    tell("end", `${name} trapped: ${trapped.message}${where === "" ? "" : `, in ${where}`}`, more, "bad");
  }
  if (stats === undefined || tellsJson()) return;
  const { sockets, streams, pollables } = stats;
  tell("end", `it had ${sockets} sockets, ${streams} streams and ${pollables} pollables`);
}

/** How many functions are named. */
const MOST_NAMED = 3;

/**
 * The functions that were being called, as far as they say something: the innermost, and in any case the first that is the user's and not
 * of AssemblyScript's own library.
 *
 * @param frames the innermost first
 */
export function whereIn(frames: readonly CallFrame[]): string {
  const named = frames.slice(0, MOST_NAMED);
  const own = frames.find(isOwn);
  const isNamed = own === undefined || named.includes(own);
  return [...named.map(frameText), ...(isNamed ? [] : [`… ${frameText(own)}`])].join(", called by ");
}

function isOwn({ function: name, place, near }: CallFrame): boolean {
  return !((near ?? place)?.file ?? name).startsWith("~lib/");
}

/** As in `main/divide (main.ts:11:10)`; of one that has no name the place alone. */
function frameText({ function: name, place, near }: CallFrame): string {
  const exact = place && placeText(place);
  const about = near && `near ${placeText(near)}`;
  const where = exact && about ? `${exact}, inlined ${about}` : (exact ?? about);
  if (where === undefined) return name;
  if (!/^function \d+$/.test(name)) return `${name} (${where})`;
  return exact === undefined ? `code ${where}` : where;
}

function placeText({ file, line, column }: SourcePlace): string {
  return `${file}:${line}:${column}`;
}

/** The exit codes of a command that a signal has ended, as shells have them: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** For how long a thread may go on after a signal, in milliseconds. */
const PATIENCE = 2000;

/**
 * Ends this process by an exit code when a signal asks for it, whatever the program does on its thread.
 *
 * @param file as it was given
 * @returns leaves the signals to the system again
 */
export function endOnSignals(file: string): () => void {
  const listeners = Object.entries(SIGNALS).map(([signal, code]) => {
    const listener = (): void => {
      // a loop around what takes long may look only after minutes whether it is to end, and an exit would wait for it
      setTimeout(() => {
        const name = printable(file, 1000);
        console.error(
          `wasock: ${name} computes on, and is ended by ${signal} (--timeout would end its thread)`,
        );
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      }, PATIENCE);
      endThreads(() => process.exit(code));
    };
    process.once(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}
