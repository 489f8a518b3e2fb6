/** A capture: packets on their way to a file, many at a time. */
import { closeSync, openSync, writeSync, writevSync } from "node:fs";
import type { Time } from "../../io/time.ts";
import { describeThrown } from "../../messages/answers.ts";
import type { IpAddress } from "../address.ts";
import {
  bytesOf,
  changeLength,
  changeTcp,
  MOST_IN_SEGMENT,
  type Page,
  type Payload,
  type Segment,
  TCP_HEADER,
  tcpHeaders,
  udpHeaders,
  type Way,
  writeTcp,
  writeUdp,
} from "./packets.ts";
import {
  changePacketLength,
  changePacketTime,
  comment,
  head,
  names,
  PACKET_HEAD,
  padded,
  writePacketHead,
} from "./pcapng.ts";

/** Where packets go to: a path, a descriptor, or what takes bytes; these are its own. */
export type PcapTarget = string | number | { write(bytes: Uint8Array): unknown };

/** How many bytes are gathered before they are written, and how long they wait at most, in milliseconds. */
const BATCH = 256 * 1024;
const PATIENCE = 100;
/** Larger ones are written from where they are. */
const COPIED = 4096;
/** Where nothing else is asked for, so many bytes of each direction are kept, and of packets behind them their headers. */
const WHOLE = 1024 * 1024;
const CUT_HERE = "from here on only headers are kept, as no snapLength was given";

/** What a word of 32 bits can be. */
const WORD = 2 ** 32;

const PADDING = Buffer.alloc(4);

/** Packets on their way to a file. */
export class Capture {
  readonly #time: Time;
  readonly #began: number;
  // nanoseconds since 1970, in two words: BigInts are slow, and no number is so large
  readonly #epochHigh: number;
  readonly #epochLow: number;
  readonly #target: number | { write(bytes: Uint8Array): unknown };
  readonly #isOwn: boolean;
  readonly #snapLength: number | undefined;
  readonly #failed: (message: string) => void;
  readonly #page: Page;
  #end = 0;
  /** Whose segment was the last that was written, where that was skimmed, and its length. */
  #skimmed: Way | undefined = undefined;
  #skimmedLength = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isOver = false;

  /**
   * @param target a file is made anew
   * @param snapLength how many bytes of a packet are kept at most, its headers included; by default all of the first MiB of
   *   each direction, and the headers of what is behind that
   * @param time what time it is there
   * @param failed is told once why nothing more can be written
   * @throws the system's error where the file can't be opened
   */
  constructor(
    target: PcapTarget,
    snapLength: number | undefined,
    time: Time,
    failed: (message: string) => void,
  ) {
    const bytes = Buffer.allocUnsafeSlow(BATCH);
    this.#page = { bytes, view: new DataView(bytes.buffer) };
    this.#isOwn = typeof target === "string";
    this.#target = typeof target === "string" ? openSync(target, "w") : target;
    this.#snapLength = snapLength;
    this.#time = time;
    this.#began = time.milliseconds();
    const epoch = time.wall();
    this.#epochHigh = Number(epoch >> 32n);
    this.#epochLow = Number(epoch & 0xffff_ffffn);
    this.#failed = failed;
    this.#put(head(snapLength ?? 0));
  }

  /** A segment of TCP. */
  tcp(way: Way, segment: Segment, remark?: string): void {
    if (this.#isOver) return;
    const headers = tcpHeaders(way, segment.flags);
    const length = segment.end - segment.start;
    const kept = this.#kept(way, headers, length);
    const foot = this.#foot(way, kept === length, remark);
    const at = this.#begin(headers, kept, length, foot);
    writeTcp(this.#page, at, way, segment, kept === length);
    const start = this.#end;
    this.#finish(at + headers, segment, kept, foot);
    if (kept === 0 && length > 0 && way.tally.isCut && foot === undefined) {
      way.model = new Uint8Array(this.#page.bytes.subarray(start, this.#end));
    }
  }

  /**
   * Segments of which only headers are kept, as of most where much is sent: they differ from the last one in little.
   *
   * @returns false where there was none yet
   */
  skim(way: Way, sequence: number, acknowledged: number, length: number): boolean {
    const { model } = way;
    if (model === undefined) return false;
    if (this.#isOver) return true;
    let at = this.#end - model.length;
    // what is cut anyway fills up the last one, where that was the last that happened
    let size = this.#skimmed === way && length > MOST_IN_SEGMENT ? this.#skimmedLength : MOST_IN_SEGMENT;
    for (let done = 0; done < length; ) {
      if (size === MOST_IN_SEGMENT) {
        if (this.#end + model.length > BATCH) this.flush();
        at = this.#end;
        this.#page.bytes.set(model, at);
        this.#writeTime(at);
        changeTcp(this.#page, at + PACKET_HEAD, way, sequence + done, acknowledged);
        this.#end += model.length;
        size = 0;
      }
      const more = Math.min(MOST_IN_SEGMENT - size, length - done);
      size += more;
      done += more;
      changePacketLength(this.#page.view, at, way.ipHeader + TCP_HEADER + size);
      changeLength(this.#page, at + PACKET_HEAD, way, TCP_HEADER + size);
    }
    this.#skimmed = way;
    this.#skimmedLength = size;
    this.#flushSoon();
    return true;
  }

  /** A datagram of UDP. */
  udp(way: Way, bytes: Uint8Array, remark?: string): void {
    if (this.#isOver) return;
    const headers = udpHeaders(way);
    const { length } = bytes;
    const payload = { bytes, start: 0, end: length };
    const kept = this.#kept(way, headers, length);
    const foot = this.#foot(way, kept === length, remark);
    const at = this.#begin(headers, kept, length, foot);
    writeUdp(this.#page, at, way, payload, kept === length);
    this.#finish(at + headers, payload, kept, foot);
  }

  /** That addresses have a name. */
  names(name: string, addresses: readonly IpAddress[]): void {
    this.#put(names(name, addresses.map(bytesOf)));
  }

  /** How many of a packet's bytes are kept, besides its headers. */
  #kept({ tally }: Way, headers: number, length: number): number {
    const snapLength = this.#snapLength ?? (tally.passed < WHOLE ? headers + length : headers);
    tally.passed += length;
    return Math.min(length, snapLength - headers);
  }

  #foot({ tally }: Way, isWhole: boolean, remark: string | undefined): Buffer | undefined {
    if (isWhole || this.#snapLength !== undefined || tally.isCut) return comment(remark);
    tally.isCut = true;
    return comment(remark === undefined ? CUT_HERE : `${remark}; ${CUT_HERE}`);
  }

  /** Begins a packet; where its headers are to be written. */
  #begin(headers: number, kept: number, length: number, foot: Buffer | undefined): number {
    const captured = headers + kept;
    const total = PACKET_HEAD + padded(captured) + (foot?.length ?? 0) + 4;
    this.#skimmed = undefined;
    if (this.#end + (kept <= COPIED ? total : total - kept) > BATCH) this.flush();
    writePacketHead(this.#page.view, this.#end, captured, headers + length, total);
    this.#writeTime(this.#end);
    return this.#end + PACKET_HEAD;
  }

  /** Writes what follows the headers. */
  #finish(
    behindHeaders: number,
    { bytes, start: from }: Payload,
    kept: number,
    foot: Buffer | undefined,
  ): void {
    const batch = this.#page.bytes;
    const start = this.#end;
    const total = this.#page.view.getUint32(start + 4);
    const padding = -(behindHeaders - start + kept) & 3;
    let at = behindHeaders;
    if (kept <= COPIED) {
      if (kept > 0) batch.set(bytes.subarray(from, from + kept), at);
      at += kept;
      for (let i = 0; i < padding; i++) batch[at++] = 0;
    } else {
      // a copy would cost more than a call
      this.#write([batch.subarray(0, at), bytes.subarray(from, from + kept), PADDING.subarray(0, padding)]);
      at = 0;
    }
    if (foot !== undefined) {
      batch.set(foot, at);
      at += foot.length;
    }
    this.#page.view.setUint32(at, total);
    this.#end = at + 4;
    this.#flushSoon();
  }

  /** Writes when a packet was: what time it was at first, and how long ago that is, by a clock that never goes back. */
  #writeTime(at: number): void {
    const nanoseconds = this.#epochLow + Math.round((this.#time.milliseconds() - this.#began) * 1e6);
    const high = Math.floor(nanoseconds / WORD);
    changePacketTime(this.#page.view, at, this.#epochHigh + high, nanoseconds - high * WORD);
  }

  #put(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#end + bytes.length > BATCH) this.flush();
    this.#skimmed = undefined;
    this.#page.bytes.set(bytes, this.#end);
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
    this.#skimmed = undefined;
    if (this.#end === 0) return;
    this.#write([this.#page.bytes.subarray(0, this.#end)]);
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
