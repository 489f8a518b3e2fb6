/** A preview 1 guest whose program is a function of JavaScript: it calls what a guest imports, on a memory of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { FolderGrant } from "../../host/files/folders.ts";
import { createHost } from "../../host/host.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { World } from "../../host/preview1/world.ts";
import { commandImports } from "../../host/wasi02/command.ts";
import { filesystemImports } from "../../host/wasi02/filesystem.ts";

/** A function of `wasi_snapshot_preview1`. */
export type Call = (...args: (number | bigint)[]) => number;

interface Memory {
  readonly buffer: ArrayBuffer;
}
const engine = (
  globalThis as unknown as { WebAssembly: { Memory: new (type: { initial: number }) => Memory } }
).WebAssembly;

/** All rights. */
export const ALL: bigint = (1n << 30n) - 1n;

/** How `open` opens. */
export interface Opening {
  readonly lookup?: number;
  readonly oflags?: number;
  readonly base?: bigint;
  readonly inheriting?: bigint;
  readonly fdflags?: number;
}

/** What the program calls. Whatever it gives away has the errno first. */
export class Program {
  readonly memory: Memory = new engine.Memory({ initial: 64 });
  readonly call: Readonly<Record<string, Call>>;
  #next = 1024;

  constructor(functions: object) {
    this.call = functions as Readonly<Record<string, Call>>;
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** Room for bytes. */
  room(size: number): number {
    if (this.#next + size > 200_000) this.#next = 1024;
    const at = this.#next;
    this.#next = (at + size + 7) & ~7;
    return at;
  }

  /** Text in the memory: where, and how long. */
  text(text: string): [at: number, length: number] {
    const bytes = Buffer.from(text);
    const at = this.room(bytes.length);
    new Uint8Array(this.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  }

  /** The text that is there. */
  textAt(at: number, length: number): string {
    return Buffer.from(this.memory.buffer, at, length).toString();
  }

  /** One vector. */
  vector(at: number, length: number): number {
    const vectors = this.room(8);
    this.view.setUint32(vectors, at, true);
    this.view.setUint32(vectors + 4, length, true);
    return vectors;
  }

  /** Does what has a number of 32 bits for its result. */
  number(name: string, ...args: (number | bigint)[]): [errno: number, value: number] {
    const at = this.room(8);
    const errno = this.#do(name, ...args, at);
    return [errno, this.view.getUint32(at, true)];
  }

  /** Does a thing. */
  do(name: string, ...args: (number | bigint)[]): number {
    return this.#do(name, ...args);
  }

  /** Does what takes a path behind a descriptor. */
  path(name: string, fd: number, path: string): number {
    return this.#do(name, fd, ...this.text(path));
  }

  open(path: string, how: Opening = {}, folder = 3): [errno: number, fd: number] {
    const { lookup = 0, oflags = 0, base = ALL, inheriting = ALL, fdflags = 0 } = how;
    const at = this.room(4);
    const [text, length] = this.text(path);
    const errno = this.#do("path_open", folder, lookup, text, length, oflags, base, inheriting, fdflags, at);
    return [errno, this.view.getUint32(at, true)];
  }

  write(fd: number, text: string): [errno: number, count: number] {
    return this.number("fd_write", fd, this.vector(...this.text(text)), 1);
  }

  read(fd: number, size = 1000): [errno: number, text: string] {
    const at = this.room(size);
    const [errno, count] = this.number("fd_read", fd, this.vector(at, size), 1);
    return [errno, errno === 0 ? this.textAt(at, count) : ""];
  }

  seek(fd: number, offset: bigint, whence: number): [errno: number, position: bigint] {
    const at = this.room(8);
    const errno = this.#do("fd_seek", fd, offset, whence, at);
    return [errno, this.view.getBigUint64(at, true)];
  }

  /** Flags and rights of a descriptor. */
  fdstat(fd: number): { errno: number; type: number; flags: number; base: bigint; inheriting: bigint } {
    const at = this.room(24);
    const errno = this.#do("fd_fdstat_get", fd, at);
    const { view } = this;
    return {
      errno,
      type: view.getUint8(at),
      flags: view.getUint16(at + 2, true),
      base: view.getBigUint64(at + 8, true),
      inheriting: view.getBigUint64(at + 16, true),
    };
  }

  /** What is known of a file, by descriptor or by path. */
  stat(fd: number, path?: string, lookup = 0): { errno: number; type: number; ino: bigint; size: bigint } {
    const at = this.room(64);
    const errno =
      path === undefined
        ? this.#do("fd_filestat_get", fd, at)
        : this.#do("path_filestat_get", fd, lookup, ...this.text(path), at);
    const { view } = this;
    return {
      errno,
      ino: view.getBigUint64(at + 8, true),
      type: view.getUint8(at + 16),
      size: view.getBigUint64(at + 32, true),
    };
  }

  #do(name: string, ...args: (number | bigint)[]): number {
    const call = this.call[name] as Call;
    return call(...args);
  }
}

/** What a program is given. */
export interface Given {
  /** Whether nothing in its folder may be changed. */
  readonly readOnly?: boolean;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/**
 * Runs a program in a folder of its own, which it has as descriptor 3.
 *
 * @returns what it has printed
 */
export async function asProgram(
  work: (program: Program, folder: string) => void,
  given: Given = {},
): Promise<string> {
  const outside = mkdtempSync(join(tmpdir(), "wasock-preview1-"));
  const folder = mkdtempSync(join(outside, "in-"));
  const host = createHost({ policy: allowAll });
  let printed = "";
  const stdout = new PassThrough().on("data", (bytes) => {
    printed += String(bytes);
  });
  const stdin = new PassThrough();
  stdin.end(given.input ?? "");
  try {
    const grants: FolderGrant[] = [{ host: folder, guest: "/", readOnly: given.readOnly ?? false }];
    const { args = ["program"], env = {} } = given;
    const world = new World(
      {
        ...host.imports,
        ...commandImports(host.context, { args, env, stdin, stdout, stderr: stdout }),
        ...filesystemImports(host.context, grants),
      },
      { listen: [], nonBlocking: true, isSuspending: false },
    );
    const program = new Program(world.functions);
    await world.start({ memory: program.memory, _start: () => work(program, folder) });
    await new Promise((resolve) => stdout.end(resolve));
  } finally {
    host.close();
    rmSync(outside, { recursive: true, force: true });
  }
  return printed;
}
