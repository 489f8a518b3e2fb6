/** A capture: packets on their way to a file, many at a time. */
import { closeSync, openSync, writeSync, writevSync } from "node:fs";
import { describeThrown } from "../../messages/answers.ts";
import type { IpAddress } from "../address.ts";
import { bytesOf, type Place, type Segment, writeTcp, writeUdp } from "./packets.ts";
import { comment, head, names, PACKET_HEAD, padded, writePacketHead } from "./pcapng.ts";

/** Where packets go to: a path, a descriptor, or what takes bytes; these are its own. */
export type PcapTarget = string | number | { write(bytes: Uint8Array): unknown };

/** How many bytes are gathered before they are written, and how long they wait at most, in milliseconds. */
const BATCH = 256 * 1024;
const PATIENCE = 100;
/** Larger ones are written from where they are. */
const COPIED = 4096;
/** The longest headers, of IPv6 and TCP with options. */
const HEADERS = 68;

const PADDING = Buffer.alloc(4);

/** Packets on their way to a file. */
export class Capture {
  readonly #wall: () => bigint;
  readonly #target: number | { write(bytes: Uint8Array): unknown };
  readonly #isOwn: boolean;
  readonly #snapLength: number;
  readonly #failed: (message: string) => void;
  readonly #batch: Buffer = Buffer.allocUnsafeSlow(BATCH);
  readonly #headers: Buffer = Buffer.alloc(HEADERS);
  #end = 0;
  #count = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isOver = false;
  #last = 0n;

  /**
   * @param target a file is made anew
   * @param snapLength how many bytes of a packet are kept at most
   * @param wall tells the time of day, in nanoseconds
   * @param failed is told once why nothing more can be written
   * @throws the system's error where the file can't be opened
   */
  constructor(target: PcapTarget, snapLength: number, wall: () => bigint, failed: (message: string) => void) {
    this.#isOwn = typeof target === "string";
    this.#target = typeof target === "string" ? openSync(target, "w") : target;
    this.#snapLength = snapLength;
    this.#wall = wall;
    this.#failed = failed;
    this.#put(head(snapLength === Number.POSITIVE_INFINITY ? 0 : snapLength));
  }

  /** A segment of TCP. */
  tcp(from: Place, to: Place, segment: Segment, bytes: Uint8Array, remark?: string): void {
    const headers = from.ip.length === 4 ? 40 : 60;
    const isWhole = headers + bytes.length <= this.#snapLength;
    const length = writeTcp(this.#headers, from, to, segment, bytes, isWhole, ++this.#count);
    this.#packet(length, bytes, remark);
  }

  /** A datagram of UDP. */
  udp(from: Place, to: Place, bytes: Uint8Array, remark?: string): void {
    const isWhole = 48 + bytes.length <= this.#snapLength;
    const length = writeUdp(this.#headers, from, to, bytes, isWhole, ++this.#count);
    this.#packet(length, bytes, remark);
  }

  /** That addresses have a name. */
  names(name: string, addresses: readonly IpAddress[]): void {
    this.#put(names(name, addresses.map(bytesOf)));
  }

  #packet(headers: number, bytes: Uint8Array, remark: string | undefined): void {
    if (this.#isOver) return;
    const length = headers + bytes.length;
    const captured = Math.min(length, this.#snapLength);
    const kept = Math.max(0, captured - headers);
    const foot = comment(remark);
    const rest = (foot?.length ?? 0) + 4;
    const total = PACKET_HEAD + padded(captured) + rest;
    const isCopied = kept <= COPIED;
    const room = isCopied ? total : total - kept;
    if (this.#end + room > BATCH) this.flush();
    const batch = this.#batch;
    let at = this.#end;
    writePacketHead(batch, at, this.#time(), captured, length, rest);
    at += PACKET_HEAD;
    batch.set(this.#headers.subarray(0, Math.min(headers, captured)), at);
    at += Math.min(headers, captured);
    const padding = padded(captured) - captured;
    if (isCopied) {
      batch.set(bytes.subarray(0, kept), at);
      at += kept;
      batch.fill(0, at, at + padding);
      at += padding;
    } else {
      // a copy would cost more than a call
      this.#end = at;
      this.#write([batch.subarray(0, at), bytes.subarray(0, kept), PADDING.subarray(0, padding)]);
      this.#end = at = 0;
    }
    if (foot !== undefined) {
      batch.set(foot, at);
      at += foot.length;
    }
    batch.writeUInt32BE(total, at);
    this.#end = at + 4;
    this.#flushSoon();
  }

  /** The time, which never goes back. */
  #time(): bigint {
    const now = this.#wall();
    if (now > this.#last) this.#last = now;
    return this.#last;
  }

  #put(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#end + bytes.length > BATCH) this.flush();
    this.#batch.set(bytes, this.#end);
    this.#end += bytes.length;
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.flush(), PATIENCE).unref();
  }

  /** Writes what was gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#end === 0) return;
    this.#write([this.#batch.subarray(0, this.#end)]);
    this.#end = 0;
  }

  #write(parts: readonly Uint8Array[]): void {
    if (this.#isOver) return;
    try {
      const target = this.#target;
      if (typeof target === "number") writeAll(target, parts);
      else for (const part of parts) if (part.length > 0) target.write(new Uint8Array(part));
    } catch (error) {
      this.#isOver = true;
      this.#failed(`the capture ends here, as it can't be written: ${describeThrown(error)}`);
    }
  }

  /** Writes the rest, and closes the file that it has opened. */
  close(): void {
    this.flush();
    if (!this.#isOver && this.#isOwn && typeof this.#target === "number") closeSync(this.#target);
    this.#isOver = true;
  }
}

function writeAll(fd: number, parts: readonly Uint8Array[]): void {
  let left = parts.filter(({ length }) => length > 0);
  while (left.length > 0) {
    const [only] = left;
    let written = left.length === 1 && only !== undefined ? writeSync(fd, only) : writevSync(fd, left);
    left = left.flatMap((part) => {
      const taken = Math.min(written, part.length);
      written -= taken;
      return taken === part.length ? [] : [part.subarray(taken)];
    });
  }
}
