/**
 * The numbers and layouts of WASI preview 1 (`wasi_snapshot_preview1`, typenames.witx) that sockets and polling need.
 */
import type { ErrorCode } from "../sockets/errors.ts";

/** `errno`. */
export const Errno = {
  success: 0,
  acces: 2,
  again: 6,
  badf: 8,
  connaborted: 13,
  connreset: 15,
  fault: 21,
  inval: 28,
  io: 29,
  mfile: 33,
  nomem: 48,
  notconn: 53,
  notsock: 57,
  notsup: 58,
  pipe: 64,
  spipe: 70,
  timedout: 73,
} as const;

/** Any of `errno`. */
export type Errno = (typeof Errno)[keyof typeof Errno];

/** `filetype` of a stream socket. */
export const FILETYPE_SOCKET_STREAM = 6;
/** `fdflags.nonblock`. */
export const FDFLAGS_NONBLOCK = 4;
/** `riflags`: look at what is there without taking it. */
export const RIFLAGS_PEEK = 1;
/** `riflags`: wait until everything that was asked for is there. */
export const RIFLAGS_WAITALL = 2;
/** `sdflags`. */
export const SDFLAGS_RD = 1;
export const SDFLAGS_WR = 2;

/** `rights` that a connection has: read, fdstat-set-flags, write, filestat-get, poll, shutdown. */
export const RIGHTS_CONNECTION: bigint =
  (1n << 1n) | (1n << 3n) | (1n << 6n) | (1n << 21n) | (1n << 27n) | (1n << 28n);
/** `rights` that a listener has: fdstat-set-flags, filestat-get, poll, accept, and read, which poll asks for. */
export const RIGHTS_LISTENER: bigint = (1n << 1n) | (1n << 3n) | (1n << 21n) | (1n << 27n) | (1n << 29n);

const errnoOfCode: Readonly<Partial<Record<ErrorCode, Errno>>> = {
  "access-denied": Errno.acces,
  "not-supported": Errno.notsup,
  "invalid-argument": Errno.inval,
  "invalid-state": Errno.notconn,
  "out-of-memory": Errno.nomem,
  timeout: Errno.timedout,
  "would-block": Errno.again,
  "new-socket-limit": Errno.mfile,
  "connection-reset": Errno.connreset,
  "connection-aborted": Errno.connaborted,
};

/** The errno of a WASI 0.2 error code. */
export function errnoOf(code: string | undefined): Errno {
  return errnoOfCode[code as ErrorCode] ?? Errno.io;
}

/** A guest's linear memory. */
export interface GuestMemory {
  readonly buffer: ArrayBuffer;
}

/** A piece of the guest's memory: an `iovec`. */
export interface Piece {
  readonly at: number;
  readonly length: number;
}

/** A call that moves bytes has at most so many pieces, as on Linux (`IOV_MAX`). */
const MOST_PIECES = 1024;

/**
 * Reads a list of `iovec` or `ciovec`.
 *
 * @returns the pieces, all inside the memory
 * @throws RangeError for what is not inside the memory, or is too much
 */
export function readPieces(memory: GuestMemory, at: number, count: number): Piece[] {
  if (count >>> 0 > MOST_PIECES) throw new RangeError(`${count >>> 0} pieces are more than ${MOST_PIECES}`);
  const view = new DataView(memory.buffer);
  const pieces: Piece[] = [];
  for (let i = 0; i < count; i++) {
    const entry = (at >>> 0) + 8 * i;
    const piece = { at: view.getUint32(entry, true), length: view.getUint32(entry + 4, true) };
    if (piece.at + piece.length > view.byteLength) throw new RangeError("a piece is outside the memory");
    pieces.push(piece);
  }
  return pieces;
}
