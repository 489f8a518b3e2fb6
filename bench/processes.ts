/** The child processes of the bench: each answers messages, and ends with the process that made it. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A Node to measure on. */
export interface Runtime {
  /** The program. */
  readonly path: string;
  /** As in `26.1.0`. */
  readonly version: string;
}

const alive: Set<ChildProcess> = new Set();
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** A program of the bench in a process of its own, that is asked one thing at a time. */
export class Program {
  readonly #child: ChildProcess;
  readonly #what: string;
  #ended: Promise<string>;

  /**
   * @param runtime the Node that runs it
   * @param name its file in this folder, without extension
   * @param args its arguments
   */
  constructor(runtime: Runtime, name: string, args: readonly string[] = []) {
    this.#what = [name, ...args].join(" ");
    const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
    const child = fork(file, args, { execPath: runtime.path, execArgv: ["--expose-gc"] });
    this.#child = child;
    alive.add(child);
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => {
        alive.delete(child);
        resolve(`ended with ${signal ?? `code ${code}`}`);
      });
    });
  }

  /**
   * Waits for the next message of the program.
   *
   * @param seconds how long; then the program is ended, as what hangs may spin
   * @param question what to send it before
   * @returns the message; rejects when the program ends or says nothing in time
   */
  async answer<T>(seconds: number, question?: object): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let take: ((message: T) => void) | undefined;
    const message = new Promise<T>((resolve) => {
      take = resolve as (message: T) => void;
      this.#child.once("message", take);
    });
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`gave no answer within ${seconds} s`), seconds * 1000);
    });
    const failure = Promise.race([this.#ended, late]).then((why) => {
      throw new Error(`${this.#what}: ${why}`);
    });
    // it is nobody's business any more when the message came first
    failure.catch(() => {});
    try {
      // a program that is gone says so by its end
      if (question !== undefined) this.#child.send(question, () => {});
      return await Promise.race([message, failure]);
    } catch (error) {
      this.#child.kill("SIGKILL");
      throw error;
    } finally {
      clearTimeout(timer);
      if (take !== undefined) this.#child.off("message", take);
    }
  }

  /** Ends the program; idempotent. */
  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
