/**
 * Asks at the terminal. The program whose permissions these are may write to the same terminal and read from it: nothing that it
 * wrote may pass for a question of ours or hide one, and nothing that was typed for it may answer.
 */
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { isatty, ReadStream } from "node:tty";
import { isNode, isWindows } from "../../host/runtime/features.ts";

/** The terminal of this process, whatever its standard streams are. */
const TERMINAL = "/dev/tty";

const ESC = "\u001b";

/**
 * What a program may have left the terminal in is undone: a sequence that is not at its end (CAN, ST), what DECSTR
 * resets – margins, hidden cursor, colours, character sets –, the other screen, output that is held back, reversed video,
 * no wrapping, other margins, changed colours. Then the lowest line, and a new one.
 */
const RESET: string = [
  ...[
    "\u0018",
    `${ESC}\\`,
    `${ESC}[!p`,
    `${ESC}[?2026l`,
    `${ESC}[?1049l`,
    `${ESC}[?5l`,
    `${ESC}[?69l`,
    `${ESC}[?7h`,
  ],
  ...[
    `${ESC}[?25h`,
    `${ESC}[r`,
    `${ESC}[0m`,
    "\u000f",
    `${ESC}(B`,
    `${ESC}]104${ESC}\\`,
    `${ESC}]110${ESC}\\`,
  ],
  ...[`${ESC}]111${ESC}\\`, `${ESC}[999;1H`, "\r\n", `${ESC}[J`],
].join("");

/** How often an answer may be none of those that there are. */
const TRIES = 3;
/** A line of a terminal is no longer. */
const LONGEST = 4096;

/**
 * Whether somebody can be asked: input and messages are a terminal's, so that a program which is part of a pipe or
 * a script asks nobody.
 */
export function canAsk(): boolean {
  return isNode && !isWindows && isatty(0) && isatty(2) && process.env["TERM"] !== "dumb";
}

/**
 * Asks, and waits for a line. All else on this thread waits meanwhile; a signal ends the process.
 *
 * @param lines what it is about; nothing in it may steer a terminal
 * @param answers the letters that are answers
 * @returns one of them; `undefined` where the input ends, there is no terminal, or nothing that was typed is one
 */
export function askAtTerminal(lines: readonly string[], answers: readonly string[]): string | undefined {
  let terminal: number;
  try {
    terminal = openSync(TERMINAL, constants.O_RDWR | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
  const restore = leaveSignals();
  try {
    writeSync(terminal, RESET);
    for (let tries = 0; tries < TRIES; tries++) {
      forgetTyped();
      writeSync(terminal, `${lines.join("\n")} `);
      const line = readLine(terminal);
      if (line === undefined) return undefined;
      const word = line.trim();
      if (answers.includes(word)) return word;
      writeSync(terminal, `please type one of ${answers.join(", ")}, and Enter\n`);
    }
    return undefined;
  } finally {
    closeSync(terminal);
    restore();
  }
}

/** While this thread waits for a line nobody hears a signal: it is to end the process as if nobody listened. */
function leaveSignals(): () => void {
  const taken = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const listeners = process.rawListeners(name) as (() => void)[];
    process.removeAllListeners(name);
    return () => {
      for (const listener of listeners) process.on(name, listener);
    };
  });
  return () => {
    for (const give of taken) give();
  };
}

/** Takes away what was typed before the question stood there, also of a line that has no end yet. */
function forgetTyped(): void {
  const fd = openSync(TERMINAL, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  const stream = new ReadStream(fd);
  try {
    // without lines whatever is there can be read
    stream.setRawMode(true);
    const bytes = Buffer.alloc(LONGEST);
    while (readSync(fd, bytes) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
  } finally {
    stream.setRawMode(false);
    stream.destroy();
  }
}

function readLine(fd: number): string | undefined {
  const bytes = Buffer.alloc(LONGEST);
  const count = readSync(fd, bytes);
  if (count === 0) return undefined;
  return bytes.toString("utf8", 0, count);
}
