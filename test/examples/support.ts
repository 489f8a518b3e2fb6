/**
 * What the tests of the examples have in common: programs in processes of their own, which are started,
 * listened to, and stopped, all of it within time limits.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";

/** How long anything that is waited for may take, in seconds. */
const LIMIT_SECONDS = 20;

// Debian keeps servers where an ordinary user's PATH does not lead.
const path = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const running = new Set<Program>();

/** A program in a process of its own. */
export class Program {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  readonly #ended: Promise<Ended>;
  #looking: (() => void)[] = [];
  #isOver = false;

  /** @param args the command, found as a shell finds it, and its arguments */
  constructor(command: string, ...args: string[]) {
    this.#name = [command, ...args].join(" ");
    this.#child = spawn(command, args, { env: { ...process.env, PATH: path.join(delimiter) } });
    this.#child.stdout.on("data", (bytes: Buffer) => this.#heard(this.#stdout, bytes));
    this.#child.stderr.on("data", (bytes: Buffer) => this.#heard(this.#stderr, bytes));
    // a program may end before it has read its input
    this.#child.stdin.on("error", () => {});
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        resolve({
          code,
          signal,
          stdout: Buffer.concat(this.#stdout),
          stderr: String(Buffer.concat(this.#stderr)),
        });
      });
    });
    running.add(this);
    const over = (): void => {
      this.#isOver = true;
      running.delete(this);
      this.#look();
    };
    this.#ended.then(over, over);
  }

  #heard(output: Buffer[], bytes: Buffer): void {
    output.push(bytes);
    this.#look();
  }

  #look(): void {
    for (const look of this.#looking.splice(0)) look();
  }

  /** What it has written, standard output and then standard error. */
  get #output(): string {
    return String(Buffer.concat([...this.#stdout, ...this.#stderr]));
  }

  get #lastWords(): string {
    return this.#output.slice(-1000);
  }

  /**
   * Waits for output, on either channel.
   *
   * @returns the match
   */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const match = new Promise<RegExpExecArray>((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#output);
        if (found !== null) resolve(found);
        else if (this.#isOver)
          reject(new Error(`${this.#name} ended without ${pattern}:\n${this.#lastWords}`));
        else this.#looking.push(look);
      };
      look();
    });
    return inTime(match, () => `${this.#name} does not say ${pattern}:\n${this.#lastWords}`);
  }

  /** Writes to its standard input. */
  write(text: string | Uint8Array): void {
    this.#child.stdin.write(text);
  }

  /** Ends its standard input. */
  end(text: string | Uint8Array = ""): void {
    this.#child.stdin.end(text);
  }

  /** Waits for its end. */
  ended(): Promise<Ended> {
    return inTime(this.#ended, () => `${this.#name} does not end:\n${this.#lastWords}`);
  }

  /** Ends it at once, and does not wait. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Sends it a signal, by default SIGTERM, and waits for its end. */
  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended();
  }
}

/** Runs an example of the repository's `examples/` folder, on the Node that runs the test. */
export function example(name: string, ...args: (string | number)[]): Program {
  const script = fileURLToPath(new URL(`../../examples/${name}.js`, import.meta.url));
  return new Program(process.execPath, script, ...args.map(String));
}

/**
 * Registers tests that need programs besides Node. Where one is not installed they are skipped, and say so.
 *
 * @param commands what they need
 * @returns uvu's `test`, or what skips and says why
 */
export function testWith(...commands: string[]): (name: string, body: () => Promise<void>) => void {
  const missing = commands.filter((command) => !path.some((folder) => isProgram(join(folder, command))));
  return (name, body) => {
    if (missing.length === 0) {
      test(name, body);
    } else {
      console.log(`${name}: skipped, ${missing.join(" and ")} not installed`);
      test.skip(name, body);
    }
  };
}

/** Whether the loopback has an IPv6 address here. */
export const hasIpv6: boolean = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

/** A new folder, which is removed when the tests are over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wasock-examples-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Waits for something, but not for ever. */
async function inTime<T>(promise: Promise<T>, describe: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${describe()}\n(in ${LIMIT_SECONDS} s)`)),
      LIMIT_SECONDS * 1000,
    );
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// Whatever a test has left running, because it failed or because it need not end by itself.
test.after.each(async () => {
  await Promise.allSettled(Array.from(running, (program) => program.stop("SIGKILL")));
});
process.once("exit", () => {
  for (const program of running) program.kill();
});
