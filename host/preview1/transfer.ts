/**
 * Bytes between a guest's memory and its descriptors: `fd_read`, `fd_write`, `fd_pread`, `fd_pwrite`, `sock_recv`,
 * `sock_send`.
 *
 * A call that has to wait goes on from the start when there is something to do. All that was found out about the
 * guest's memory before is forgotten then.
 */

import type { Pollable } from "../wit/wasi02.ts";
import { Errno, FdFlags, FileType, RiFlags } from "./abi.ts";
import { type File, fileOf } from "./files.ts";
import type { Piece } from "./memory.ts";
import type { Opened, Process } from "./process.ts";
import { Right } from "./rights.ts";
import type { Calls, LaterErrno } from "./signatures.ts";
import type { Stream } from "./streams.ts";

/** Small pieces are put together up to so many bytes. */
const TOGETHER = 65_536;

/** Receives into the guest's memory. With `waitall` it goes on until all of it is full. */
export function receive(
  process: Process,
  stream: Stream,
  isNonBlocking: boolean,
  vectors: Vectors,
  flags: number,
): LaterErrno {
  const isPeek = (flags & RiFlags.peek) !== 0;
  const waitsForAll = !isPeek && (flags & RiFlags.waitall) !== 0;
  const { memory } = process;
  let before = 0;
  const step = (): number | Pollable => {
    const pieces = memory.pieces(vectors.at, vectors.count);
    memory.setU32(vectors.lengthAt, before);
    const wanted = pieces.reduce((sum, { length }) => sum + length, 0);
    if (wanted === 0) return Errno.success;
    const { done, isOver } = isPeek
      ? peekInto(memory.bytes, pieces, stream, wanted)
      : readInto(memory.bytes, pieces, stream, before);
    before = isPeek ? 0 : done;
    memory.setU32(vectors.lengthAt, done);
    if (isOver || (done > 0 && (!waitsForAll || done === wanted))) return Errno.success;
    if (isNonBlocking) return done > 0 ? Errno.success : Errno.again;
    return stream.readable as Pollable;
  };
  return process.until(step);
}

/** Where a call's `iovec`s are, and where it tells how many bytes were moved. */
export interface Vectors {
  readonly at: number;
  readonly count: number;
  readonly lengthAt: number;
}

function readInto(
  bytes: Uint8Array,
  pieces: readonly Piece[],
  stream: Stream,
  before: number,
): { done: number; isOver: boolean } {
  let done = before;
  let from = 0;
  for (const { at, length } of pieces) {
    // what an earlier turn of the same call has filled
    let filled = Math.min(length, Math.max(0, before - from));
    from += length;
    while (filled < length) {
      let read: Uint8Array | undefined;
      try {
        read = stream.read(length - filled);
      } catch (error) {
        // what was read before it broke must not be lost
        if (done === 0) throw error;
        stream.postpone(error);
        return { done, isOver: true };
      }
      if (read === undefined || read.length === 0) return { done, isOver: read !== undefined };
      bytes.set(read, at + filled);
      filled += read.length;
      done += read.length;
    }
  }
  return { done, isOver: false };
}

function peekInto(
  bytes: Uint8Array,
  pieces: readonly Piece[],
  stream: Stream,
  wanted: number,
): { done: number; isOver: boolean } {
  // of an earlier peek some may be there; what has come since is behind them
  let seen = 0;
  let peeked: Uint8Array | undefined;
  do {
    seen = peeked?.length ?? 0;
    peeked = stream.peek(Math.min(wanted, MOST_PEEKED));
  } while (peeked !== undefined && peeked.length > seen && peeked.length < wanted);
  if (peeked === undefined) return { done: 0, isOver: false };
  let done = 0;
  for (const { at, length } of pieces) {
    const part = peeked.subarray(done, done + length);
    bytes.set(part, at);
    done += part.length;
  }
  return { done, isOver: done === 0 };
}

/** What a peek keeps is memory of the host's. */
const MOST_PEEKED = 1024 * 1024;

/** Sends from the guest's memory: all of it, unless the descriptor must not block. */
export function send(process: Process, stream: Stream, isNonBlocking: boolean, vectors: Vectors): LaterErrno {
  const { memory } = process;
  let done = 0;
  const step = (): number | Pollable => {
    const pieces = memory.pieces(vectors.at, vectors.count);
    memory.setU32(vectors.lengthAt, done);
    let isFull = false;
    let from = 0;
    const before = done;
    for (const bytes of together(memory.bytes, pieces)) {
      const { length } = bytes;
      const skipped = Math.min(length, Math.max(0, before - from));
      from += length;
      if (skipped === length) continue;
      try {
        const taken = stream.write(bytes.subarray(skipped));
        done += taken;
        isFull = taken < length - skipped;
      } catch (error) {
        // what went before it broke was written; the next write tells
        if (done === 0) throw error;
        break;
      }
      if (isFull) break;
    }
    memory.setU32(vectors.lengthAt, done);
    if (!isFull) return Errno.success;
    if (isNonBlocking) return done > 0 ? Errno.success : Errno.again;
    return stream.writable as Pollable;
  };
  return process.until(step);
}

/** The bytes of pieces, the small ones put together. */
function together(memory: Uint8Array, pieces: readonly Piece[]): Iterable<Uint8Array> {
  const [first] = pieces;
  if (first === undefined) return [];
  if (pieces.length === 1) return [memory.subarray(first.at, first.at + first.length)];
  return joined(memory, pieces);
}

function* joined(memory: Uint8Array, pieces: readonly Piece[]): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for (const { at, length } of pieces) {
    if (size > 0 && size + length > TOGETHER) {
      yield parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
      parts = [];
      size = 0;
    }
    parts.push(memory.subarray(at, at + length));
    size += length;
  }
  yield parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

export function transferCalls(process: Process): Calls {
  const { memory } = process;

  const assertMay = ({ rights, is }: Opened, right: bigint): void => {
    if (is.kind === "folder") throw Errno.isdir;
    // as a descriptor that was not opened for it, in POSIX
    if ((rights.base & right) === 0n) throw Errno.badf;
  };

  /** Moves parts until one isn't moved whole; where one fails, what went before it was moved. */
  const move = (
    { at, count, lengthAt }: Vectors,
    partsOf: (pieces: readonly Piece[]) => Iterable<Uint8Array>,
    moveOne: (bytes: Uint8Array, done: bigint) => number,
  ): bigint => {
    const parts = partsOf(memory.pieces(at, count));
    memory.check(lengthAt, 4);
    let done = 0;
    for (const bytes of parts) {
      let moved: number;
      try {
        moved = moveOne(bytes, BigInt(done));
      } catch (error) {
        if (done === 0) throw error;
        break;
      }
      done += moved;
      if (moved < bytes.length) break;
    }
    memory.setU32(lengthAt, done);
    return BigInt(done);
  };
  const readFile = (file: File, vectors: Vectors, offset: bigint): bigint =>
    move(
      vectors,
      (pieces) => pieces.map(({ at, length }) => memory.slice(at, length)),
      (bytes, done) => file.read(bytes, offset + done),
    );
  const writeFile = (file: File, vectors: Vectors, offset: bigint): bigint =>
    move(
      vectors,
      (pieces) => together(memory.bytes, pieces),
      (bytes, done) => file.write(bytes, offset + done),
    );

  return {
    fd_read(fd, at, count, lengthAt) {
      const opened = process.get(fd);
      assertMay(opened, Right.fdRead);
      const { is, flags } = opened;
      if (is.kind === "listener") throw Errno.notconn;
      const vectors = { at, count, lengthAt };
      if (is.kind === "stream") return receive(process, is, (flags & FdFlags.nonblock) !== 0, vectors, 0);
      const file = fileOf(is);
      file.position += readFile(file, vectors, file.position);
      return Errno.success;
    },
    fd_write(fd, at, count, lengthAt) {
      const opened = process.get(fd);
      const { is, flags } = opened;
      if (is.kind === "listener") throw Errno.notconn;
      assertMay(opened, Right.fdWrite);
      const vectors = { at, count, lengthAt };
      if (is.kind === "stream") return send(process, is, (flags & FdFlags.nonblock) !== 0, vectors);
      const file = fileOf(is);
      const appends = (flags & FdFlags.append) !== 0 && file.type === FileType.regularFile;
      const offset = appends ? file.descriptor.stat().size : file.position;
      file.position = offset + writeFile(file, vectors, offset);
      return Errno.success;
    },
    fd_pread(fd, at, count, offset, lengthAt) {
      const opened = process.get(fd);
      const file = fileOf(opened.is);
      assertMay(opened, Right.fdRead);
      if (offset >= 1n << 63n) throw Errno.inval;
      readFile(file, { at, count, lengthAt }, offset);
    },
    fd_pwrite(fd, at, count, offset, lengthAt) {
      const opened = process.get(fd);
      const file = fileOf(opened.is);
      assertMay(opened, Right.fdWrite);
      if (offset >= 1n << 63n) throw Errno.inval;
      writeFile(file, { at, count, lengthAt }, offset);
    },
  };
}
