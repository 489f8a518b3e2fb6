/**
 * A preview 1 guest: its memory, its descriptors, and how its functions wait and fail.
 */
import { asTrap } from "../io/trap.ts";
import type { Pollable } from "../wit/wasi02.ts";
import { Errno, errnoOf } from "./abi.ts";
import type { Faces } from "./faces.ts";
import type { File, Folder } from "./files.ts";
import { ProgramMemory } from "./memory.ts";
import type { Rights } from "./rights.ts";
import type { LaterErrno } from "./signatures.ts";
import type { Listener, Stream } from "./streams.ts";

/** What a number stands for. */
export interface Opened {
  readonly is: Stream | Listener | File | Folder;
  rights: Rights;
  /** `fdflags`. */
  flags: number;
}

/** The first number behind the standard streams: none of them is ever given to something else by itself. */
const FIRST = 3;
/** How many descriptors a guest may have. */
const MOST = 65_536;

/** A guest. */
export class Process {
  readonly faces: Faces;
  readonly memory: ProgramMemory = new ProgramMemory();
  readonly #opened: Map<number, Opened> = new Map();
  /** No number below, from the first on, is free. */
  #free = FIRST;

  /** Called when the guest is told that something isn't there yet: one that asks again and again lets the event loop turn. */
  readonly notYet: () => void;
  #isOver = false;

  constructor(faces: Faces, notYet: () => void) {
    this.faces = faces;
    this.notYet = notYet;
  }

  /** What a number stands for. Throws `badf`. */
  get(fd: number): Opened {
    const opened = this.#opened.get(fd);
    if (opened === undefined) throw Errno.badf;
    return opened;
  }

  /** Gives the lowest free number. Throws `mfile`, and then closes what was to get it. */
  add(opened: Opened): number {
    while (this.#opened.has(this.#free)) this.#free++;
    if (this.#opened.size >= MOST) {
      opened.is.close();
      throw Errno.mfile;
    }
    this.#opened.set(this.#free, opened);
    return this.#free++;
  }

  /** Gives one of the numbers of the standard streams. */
  put(fd: number, opened: Opened): void {
    this.#opened.set(fd, opened);
  }

  /** Lets go of a number, and of what it stands for. Throws `badf`. */
  close(fd: number): void {
    const { is } = this.get(fd);
    this.#opened.delete(fd);
    this.#vacate(fd);
    is.close();
  }

  /** Throws once the guest is over. */
  assertGoing(): void {
    if (this.#isOver) throw new Error("the host was closed while the guest was running");
  }

  /** Lets go of everything, and lets no more calls be made. */
  end(): void {
    this.#isOver = true;
    this.closeAll();
  }

  /** Lets go of everything, as the end of a process does; what was written is still delivered. */
  closeAll(): void {
    for (const fd of [...this.#opened.keys()]) this.close(fd);
  }

  /** Gives what a number stands for another number; what had that is closed. Both are there, or it throws `badf`. */
  renumber(from: number, to: number): void {
    const opened = this.get(from);
    this.get(to);
    if (from === to) return;
    this.close(to);
    this.#opened.delete(from);
    this.#vacate(from);
    this.#opened.set(to, opened);
  }

  #vacate(fd: number): void {
    if (fd >= FIRST && fd < this.#free) this.#free = fd;
  }

  /**
   * Does a step again and again until it has an answer.
   *
   * @param step gives the answer, or what has to be waited for before the next step
   */
  until(step: () => number | Pollable): LaterErrno {
    for (;;) {
      const result = step();
      if (typeof result === "number") return result;
      const waiting = result.block();
      if (waiting instanceof Promise) return resume(waiting, step);
    }
  }
}

async function resume(waiting: Promise<void>, step: () => number | Pollable): Promise<number> {
  await waiting;
  for (;;) {
    const result = step();
    if (typeof result === "number") return result;
    await result.block();
  }
}

/**
 * What is answered for what was thrown: an errno as it is, a WASI 0.2 code as its errno. All else ends the guest, which
 * can't catch it.
 *
 * @param where the function that the guest called
 */
export function errnoOfThrown(error: unknown, where: string): number {
  if (typeof error === "number") return error;
  if (typeof error === "string") return errnoOf(error);
  throw asTrap(error, where);
}
