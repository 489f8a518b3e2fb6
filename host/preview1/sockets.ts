/**
 * `sock_accept`, `sock_recv`, `sock_send`, `sock_shutdown` and the `fd_*` functions on sockets.
 *
 * A function that has to wait returns a promise, and goes on from the start when there is something to do. All that
 * was found out about the guest's memory before is forgotten then.
 */
import { Pollable, type Source } from "../io/poll.ts";
import type { CoreFunction } from "../lowered/webassembly.ts";
import type { SocketContext } from "../sockets/context.ts";
import type { TcpEndpoint } from "../sockets/tcp.ts";
import {
  Errno,
  errnoOf,
  FDFLAGS_NONBLOCK,
  FILETYPE_SOCKET_STREAM,
  type GuestMemory,
  RIFLAGS_PEEK,
  RIFLAGS_WAITALL,
  RIGHTS_CONNECTION,
  RIGHTS_LISTENER,
  readPieces,
  SDFLAGS_RD,
  SDFLAGS_WR,
} from "./abi.ts";
import { type Descriptor, Stream } from "./descriptors.ts";
import type { WasiJs } from "./wasi-js.ts";

/** The descriptor of the standard error stream. */
const LAST_STANDARD_STREAM = 2;

/** What a call answers. */
export type Answer = number | Promise<number>;

/** A guest with its descriptors. */
export class Guest {
  readonly context: SocketContext;
  /** The descriptors that are ours. */
  readonly descriptors: Map<number, Descriptor> = new Map();
  readonly #wasi: WasiJs;
  #memory: GuestMemory | undefined = undefined;

  /**
   * @param context of the host whose sockets the guest has
   * @param wasi has all other descriptors, and gives out the numbers
   */
  constructor(context: SocketContext, wasi: WasiJs) {
    this.context = context;
    this.#wasi = wasi;
  }

  /** The guest's memory. Throws before it is there. */
  get memory(): GuestMemory {
    if (this.#memory === undefined) throw new Error("the guest has called before its memory was known");
    return this.#memory;
  }

  /** Says which memory the guest works in. */
  attach(memory: GuestMemory): void {
    this.#memory = memory;
    this.#wasi.setMemory(memory);
  }

  /** Gives a number to a descriptor of ours. */
  add(descriptor: Descriptor): number {
    const fd = this.#wasi.getUnusedFileDescriptor();
    this.put(fd, descriptor);
    return fd;
  }

  /** Reads the standard input; all else about it is known to wasi-js. */
  putStdin(stream: Stream): void {
    this.descriptors.set(0, stream);
  }

  /** Puts a descriptor of ours under a number. */
  put(fd: number, descriptor: Descriptor): void {
    const base = descriptor.kind === "listener" ? RIGHTS_LISTENER : RIGHTS_CONNECTION;
    // so that wasi-js gives the number to nobody else; -1 is no descriptor of the system
    this.#wasi.FD_MAP.set(fd, {
      real: -1,
      filetype: FILETYPE_SOCKET_STREAM,
      rights: { base, inheriting: 0n },
    });
    this.descriptors.set(fd, descriptor);
  }

  /** Whether a number is a descriptor of anybody. */
  has(fd: number): boolean {
    return this.#wasi.FD_MAP.has(fd);
  }

  /** Waits for a source, then calls. */
  async when(source: Source, call: () => Answer): Promise<number> {
    const pollable = new Pollable(source, this.context.root);
    try {
      await pollable.block();
    } finally {
      pollable[Symbol.dispose]();
    }
    return call();
  }

  /** Closes a descriptor of ours, or of wasi-js. */
  close(fd: number): number {
    const descriptor = this.descriptors.get(fd);
    const file = this.#wasi.FD_MAP.get(fd);
    if (file === undefined) return Errno.badf;
    // the process's own standard streams stay open, whatever a guest does with its
    const isTheirs = descriptor === undefined && file.real > LAST_STANDARD_STREAM;
    if (isTheirs) return (this.#wasi.wasiImport["fd_close"] as (fd: number) => number)(fd);
    descriptor?.close();
    this.descriptors.delete(fd);
    this.#wasi.FD_MAP.delete(fd);
    return Errno.success;
  }

  /** Closes every descriptor, as the end of a process does: what was written is still delivered. */
  closeAll(): void {
    for (const fd of [...this.#wasi.FD_MAP.keys()]) this.close(fd);
  }

  /** Gives a descriptor another number; what had that is closed first. */
  renumber(from: number, to: number): number {
    const files = this.#wasi.FD_MAP;
    const file = files.get(from);
    if (file === undefined || !files.has(to)) return Errno.badf;
    if (from === to) return Errno.success;
    this.close(to);
    files.delete(from);
    files.set(to, file);
    const descriptor = this.descriptors.get(from);
    this.descriptors.delete(from);
    if (descriptor !== undefined) this.descriptors.set(to, descriptor);
    return Errno.success;
  }
}

/** Functions by their names in `wasi_snapshot_preview1`. */
export type Functions = Record<string, CoreFunction>;

/**
 * Turns what is thrown into what is returned: an errno as it is, a WASI code as its errno, and an address outside
 * the memory as `fault`.
 */
export function guarded<Args extends unknown[]>(call: (...args: Args) => Answer): (...args: Args) => Answer {
  const answer = (error: unknown): number => {
    if (typeof error === "number") return error;
    if (typeof error === "string") return errnoOf(error);
    if (error instanceof RangeError) return Errno.fault;
    throw error;
  };
  return (...args) => {
    try {
      const result = call(...args);
      return typeof result === "number" ? result : result.catch(answer);
    } catch (error) {
      return answer(error);
    }
  };
}

/**
 * Makes the functions that only sockets have.
 *
 * @param guest whose descriptors they work on
 */
export function socketFunctions(guest: Guest): Functions {
  const get = (fd: number): Descriptor => {
    const descriptor = guest.descriptors.get(fd);
    if (descriptor !== undefined) return descriptor;
    throw guest.has(fd) ? Errno.notsock : Errno.badf;
  };
  const connection = (fd: number): Stream & { endpoint: TcpEndpoint } => {
    const descriptor = get(fd);
    if (descriptor.kind === "listener") throw Errno.notconn;
    if (descriptor.endpoint === undefined) throw Errno.notsock;
    return descriptor as Stream & { endpoint: TcpEndpoint };
  };

  const accept = (fd: number, flags: number, fdAt: number): Answer => {
    const listener = get(fd);
    if (listener.endpoint === undefined) throw Errno.notsock;
    if (listener.kind !== "listener" || (flags & ~FDFLAGS_NONBLOCK) !== 0) throw Errno.inval;
    if (!listener.readable.isReady()) {
      return listener.isNonBlocking
        ? Errno.again
        : guest.when(listener.readable, () => accept(fd, flags, fdAt));
    }
    const view = new DataView(guest.memory.buffer);
    // looked at before a connection is taken that could not be told
    view.getUint32(fdAt >>> 0, true);
    const endpoint = listener.endpoint.accept();
    const { input, output } = endpoint.connection();
    const stream = new Stream(input, output, endpoint);
    stream.isNonBlocking = flags !== 0;
    view.setUint32(fdAt >>> 0, guest.add(stream), true);
    return Errno.success;
  };

  return {
    sock_accept: guarded(accept),
    sock_recv: guarded(
      (fd: number, iovs: number, count: number, flags: number, lengthAt: number, flagsAt: number) => {
        if ((flags & ~(RIFLAGS_PEEK | RIFLAGS_WAITALL)) !== 0) throw Errno.inval;
        new DataView(guest.memory.buffer).setUint16(flagsAt >>> 0, 0, true);
        return receive(guest, connection(fd), iovs, count, lengthAt, flags);
      },
    ),
    sock_send: guarded((fd: number, iovs: number, count: number, flags: number, lengthAt: number) => {
      if (flags !== 0) throw Errno.inval;
      return send(guest, connection(fd), iovs, count, lengthAt);
    }),
    sock_shutdown: guarded((fd: number, how: number) => {
      const { endpoint } = connection(fd);
      if (how === 0 || (how & ~(SDFLAGS_RD | SDFLAGS_WR)) !== 0) throw Errno.inval;
      endpoint.shutdown(how === SDFLAGS_RD ? "receive" : how === SDFLAGS_WR ? "send" : "both");
      return Errno.success;
    }),
  };
}

// Reads into the guest's memory. With `waitall` it goes on until all of it is full.
function receive(
  guest: Guest,
  stream: Stream,
  iovs: number,
  count: number,
  lengthAt: number,
  flags: number,
  before = 0,
): Answer {
  const pieces = readPieces(guest.memory, iovs, count);
  const wanted = pieces.reduce((sum, { length }) => sum + length, 0);
  const memory = new Uint8Array(guest.memory.buffer);
  const view = new DataView(guest.memory.buffer);
  view.setUint32(lengthAt >>> 0, before, true);
  const isPeek = (flags & RIFLAGS_PEEK) !== 0;
  let done = before;
  let isOver = false;
  let from = 0;
  for (const { at, length } of pieces) {
    // what an earlier turn of the same call has filled
    let filled = Math.min(length, Math.max(0, before - from));
    from += length;
    while (filled < length && !isOver) {
      let bytes: Uint8Array | undefined;
      try {
        bytes = isPeek ? stream.peek(wanted) : stream.read(length - filled);
      } catch (error) {
        // what was read before it broke must not be lost
        if (done === 0) throw error;
        stream.postpone(error);
        isOver = true;
        break;
      }
      if (bytes === undefined || bytes.length === 0) {
        isOver = bytes !== undefined;
        break;
      }
      const part = isPeek ? bytes.subarray(done, done + length - filled) : bytes;
      if (part.length === 0) break;
      memory.set(part, at + filled);
      filled += part.length;
      done += part.length;
    }
    if (filled < length) break;
  }
  view.setUint32(lengthAt >>> 0, done, true);
  const isEnough = done > 0 && ((flags & RIFLAGS_WAITALL) === 0 || isPeek || done === wanted);
  if (isEnough || isOver || wanted === 0) return Errno.success;
  if (stream.isNonBlocking) return done > 0 ? Errno.success : Errno.again;
  return guest.when(stream.readable, () => receive(guest, stream, iovs, count, lengthAt, flags, done));
}

// Writes from the guest's memory: all of it, unless the descriptor must not block.
function send(
  guest: Guest,
  stream: Stream,
  iovs: number,
  count: number,
  lengthAt: number,
  before = 0,
): Answer {
  const memory = new Uint8Array(guest.memory.buffer);
  const view = new DataView(guest.memory.buffer);
  view.setUint32(lengthAt >>> 0, before, true);
  let done = before;
  let from = 0;
  let isFull = false;
  for (const { at, length } of readPieces(guest.memory, iovs, count)) {
    const skipped = Math.min(length, Math.max(0, before - from));
    from += length;
    if (skipped === length) continue;
    const taken = stream.write(memory.subarray(at + skipped, at + length));
    done += taken;
    isFull = taken < length - skipped;
    if (isFull) break;
  }
  view.setUint32(lengthAt >>> 0, done, true);
  if (!isFull) return Errno.success;
  const { writable } = stream;
  if (stream.isNonBlocking || writable === undefined) return done > 0 ? Errno.success : Errno.again;
  return guest.when(writable, () => send(guest, stream, iovs, count, lengthAt, done));
}

/**
 * Makes the functions that files have too: for a descriptor of ours ours, else those of wasi-js.
 *
 * @param guest whose descriptors they work on
 * @param theirs the functions of wasi-js
 */
export function descriptorFunctions(guest: Guest, theirs: Functions): Functions {
  const either = <Args extends number[]>(
    name: string,
    own: (descriptor: Descriptor, fd: number, ...args: Args) => Answer,
  ): CoreFunction => {
    // of the standard input wasi-js knows all but how to read it without standing still
    const hasStdin = name === "fd_read";
    const call = guarded(own);
    const other = theirs[name] as unknown as (fd: number, ...args: Args) => Answer;
    return (fd: number, ...args: Args) => {
      const descriptor = guest.descriptors.get(fd);
      const isOurs = descriptor !== undefined && (hasStdin || descriptor.endpoint !== undefined);
      return isOurs ? call(descriptor, fd, ...args) : other(fd, ...args);
    };
  };
  const stat = (at: number): DataView => new DataView(guest.memory.buffer, at >>> 0);
  const noSeek = () => Errno.spipe;
  return {
    fd_read: either("fd_read", (descriptor, _fd, iovs: number, count: number, lengthAt: number) =>
      descriptor.kind === "listener" ? Errno.notconn : receive(guest, descriptor, iovs, count, lengthAt, 0),
    ),
    fd_write: either("fd_write", (descriptor, _fd, iovs: number, count: number, lengthAt: number) =>
      descriptor.kind === "listener" ? Errno.notconn : send(guest, descriptor, iovs, count, lengthAt),
    ),
    fd_close: guarded((fd: number) => guest.close(fd)),
    // not wasi-js's own, which has the two the other way round
    fd_renumber: (from: number, to: number) => guest.renumber(from, to),
    fd_fdstat_get: either("fd_fdstat_get", (descriptor, _fd, at: number) => {
      const view = stat(at);
      const isListener = descriptor.kind === "listener";
      view.setBigUint64(16, 0n, true);
      view.setBigUint64(8, isListener ? RIGHTS_LISTENER : RIGHTS_CONNECTION, true);
      view.setBigUint64(0, 0n, true);
      view.setUint8(0, FILETYPE_SOCKET_STREAM);
      view.setUint16(2, descriptor.isNonBlocking ? FDFLAGS_NONBLOCK : 0, true);
      return Errno.success;
    }),
    fd_fdstat_set_flags: either("fd_fdstat_set_flags", (descriptor, _fd, flags: number) => {
      if ((flags & ~FDFLAGS_NONBLOCK) !== 0) return Errno.notsup;
      descriptor.isNonBlocking = flags !== 0;
      return Errno.success;
    }),
    fd_filestat_get: either("fd_filestat_get", (_descriptor, _fd, at: number) => {
      const view = stat(at);
      for (let i = 56; i >= 0; i -= 8) view.setBigUint64(i, 0n, true);
      view.setUint8(16, FILETYPE_SOCKET_STREAM);
      return Errno.success;
    }),
    // where the search of libc and of Go for opened folders ends, or goes on
    fd_prestat_get: either("fd_prestat_get", () => Errno.badf),
    fd_prestat_dir_name: either("fd_prestat_dir_name", () => Errno.badf),
    fd_seek: either("fd_seek", noSeek),
    fd_tell: either("fd_tell", noSeek),
    fd_pread: either("fd_pread", noSeek),
    fd_pwrite: either("fd_pwrite", noSeek),
  };
}
