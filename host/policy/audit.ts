/**
 * The audit log: each decision of a host's policy as a line of JSON, and no more lines than a disk can bear.
 */
import { writeSync } from "node:fs";
import { types } from "node:util";
import type { PolicyEvent } from "../events/channels.ts";
import { defaultCaps } from "../io/caps.ts";
import { milliseconds } from "../io/milliseconds.ts";
import { ByteRate } from "../io/rate.ts";
import { printable } from "../messages/printable.ts";
import { copyOf, type IpSocketAddress, sameAddress, socketAddressText } from "../network/address.ts";

/** A line of the audit log. */
export interface AuditRecord {
  /** When, in ISO 8601 and UTC; of several the last. */
  readonly time: string;
  /** Which host: `Host.id`. */
  readonly host: number;
  readonly decision: "grant" | "refuse";
  /** What was asked for: `tcp` and `udp` are a socket of the kind, `resolve` is a look-up, `http` a request. */
  readonly use: PolicyEvent["use"];
  /**
   * The address with its port, the name, or the method and the URL, where there is one: what can't be shown is escaped,
   * and what is longer than 255 characters cut.
   */
  readonly target?: string;
  /** Why it was refused, as far as the policy tells. */
  readonly reason?: string;
  /**
   * How many decisions the line stands for, which have no line of their own: with a target they repeated those
   * before, without one there were more different ones than may be written.
   */
  readonly count?: number;
}

/** Where an audit log goes: a file descriptor, or something with `write`, such as a stream. */
export type AuditSink =
  | number
  | { write(line: string): unknown; readonly writableLength?: number; readonly destroyed?: boolean };

/** Records a decision. Throws when it can't; then nothing may be granted. */
export type Audit = (isGranted: boolean, decision: PolicyEvent) => void;

/** How far a stream may be behind, in bytes, before nothing is granted any more. */
const MOST_BEHIND = 1024 * 1024;
/** How long what was only counted may wait to be written, in milliseconds. */
const WINDOW = 1000;
/** How often the same is written within that time; from then on it is counted. */
const REPEATS = 10;
/** How many different decisions are told apart within that time. */
const MOST_TOLD_APART = 256;

/** Less room than this takes no line. */
const SHORTEST_LINE = 80;

/** A decision as it is written. */
interface Told {
  readonly isGranted: boolean;
  readonly host: number;
  readonly use: PolicyEvent["use"];
  readonly text: string | undefined;
  readonly reason: string | undefined;
}

/** A decision, and how often it was made lately. */
interface Repeated extends Told {
  readonly address: IpSocketAddress | undefined;
  written: number;
  counted: number;
}

/** The audit log of one host. */
export class AuditLog {
  readonly #write: (line: string) => void;
  // What peers do, or what is refused, must not crowd out what was granted.
  readonly #rates: Readonly<Record<"grant" | "refuse" | "peer", ByteRate>>;
  readonly #recent: Map<string, Repeated> = new Map();
  readonly #omitted: Map<string, Told & { count: number }> = new Map();
  #last: Repeated | undefined = undefined;
  #windowEnd = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #isBroken = false;

  /**
   * @param sink a descriptor is written at once, so that a crash loses nothing; a stream may be up to 1 MiB behind
   * @param bytesPerSecond see `Caps.auditBytes`
   */
  constructor(sink: AuditSink, bytesPerSecond: number = defaultCaps.auditBytes) {
    if (typeof sink === "number" && !(Number.isInteger(sink) && sink >= 0))
      throw new TypeError(`audit: ${sink} is not a descriptor`);
    this.#write = typeof sink === "number" ? (line) => writeAll(sink, line) : writerOf(sink);
    const rate = (): ByteRate => new ByteRate(bytesPerSecond);
    this.#rates = { grant: rate(), refuse: rate(), peer: rate() };
    flushAtExit(this);
  }

  /**
   * Records a decision: at once, or, where the same was decided often lately or too much was, as part of a count
   * that is written within a second.
   *
   * @throws why it could not be written, now or the last time
   */
  readonly add: Audit = (isGranted, decision) => {
    if (this.#isBroken) {
      const { host, use, target, reason } = decision;
      this.#write(lineOf({ isGranted, host, use, text: textOf(target), reason }));
      this.#isBroken = false;
      return;
    }
    if (milliseconds() >= this.#windowEnd) this.#begin();
    const last = this.#last;
    if (last !== undefined && isSame(last, isGranted, decision)) this.#repeat(last);
    // a flood costs no more than to be counted
    else if (this.#rates[classOf(isGranted, decision.use)].room() < SHORTEST_LINE)
      this.#omit(isGranted, decision, 1);
    else this.#repeat(this.#find(isGranted, decision));
  };

  /** Writes what was only counted so far. */
  flush(): void {
    this.#disarm();
    try {
      for (const entry of this.#recent.values()) if (entry.counted > 0) this.#tell(entry, entry.counted);
      for (const omitted of this.#omitted.values()) this.#write(lineOf(omitted, omitted.count));
    } catch (error) {
      this.#isBroken = true;
      const detail = String(error);
      process.emitWarning("the audit log of a host could not be written", { type: "WasockWarning", detail });
    }
    this.#recent.clear();
    this.#omitted.clear();
    this.#last = undefined;
  }

  /** Writes what is left; nothing is added afterwards. */
  close(): void {
    this.flush();
    openLogs.delete(this);
  }

  #begin(): void {
    this.flush();
    this.#windowEnd = milliseconds() + WINDOW;
  }

  #repeat(entry: Repeated): void {
    if (entry.written < REPEATS) {
      if (this.#tell(entry)) entry.written++;
      return;
    }
    entry.counted++;
    this.#arm();
  }

  #find(isGranted: boolean, { host, use, target, reason }: PolicyEvent): Repeated {
    const text = textOf(target);
    const key = `${isGranted} ${use} ${text}`;
    let entry = this.#recent.get(key);
    if (entry === undefined) {
      // whose the address is may change it
      const address = typeof target === "object" ? copyOf(target) : undefined;
      entry = { isGranted, host, use, text, reason, address, written: 0, counted: 0 };
      if (this.#recent.size < MOST_TOLD_APART) this.#recent.set(key, entry);
    }
    if (this.#recent.get(key) === entry) this.#last = entry;
    return entry;
  }

  /** Writes a line if there is room for it, else counts what it stands for; whether there was. */
  #tell(told: Told, count?: number): boolean {
    const line = lineOf(told, count);
    if (this.#rates[classOf(told.isGranted, told.use)].take(Buffer.byteLength(line))) {
      this.#write(line);
      return true;
    }
    this.#omit(told.isGranted, told, count ?? 1);
    return false;
  }

  #omit(isGranted: boolean, { host, use }: Pick<Told, "host" | "use">, count: number): void {
    const key = `${isGranted} ${use}`;
    const omitted = this.#omitted.get(key);
    if (omitted !== undefined) omitted.count += count;
    else this.#omitted.set(key, { isGranted, host, use, text: undefined, reason: undefined, count });
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#begin(), WINDOW);
    this.#timer.unref();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

const openLogs: Set<AuditLog> = new Set();
let isWatchingExit = false;

/** A process that ends by itself or by `exit` leaves nothing uncounted. */
function flushAtExit(log: AuditLog): void {
  openLogs.add(log);
  if (isWatchingExit) return;
  isWatchingExit = true;
  process.once("exit", () => {
    for (const open of openLogs) open.flush();
  });
}

function classOf(isGranted: boolean, use: PolicyEvent["use"]): "grant" | "refuse" | "peer" {
  if (use === "tcp-accept" || use === "udp-receive") return "peer";
  return isGranted ? "grant" : "refuse";
}

function isSame(entry: Repeated, isGranted: boolean, { use, target }: PolicyEvent): boolean {
  if (entry.isGranted !== isGranted || entry.use !== use) return false;
  if (typeof target !== "object") return entry.address === undefined && textOf(target) === entry.text;
  return entry.address !== undefined && sameAddress(target, entry.address);
}

function textOf(target: PolicyEvent["target"]): string | undefined {
  if (target === undefined) return undefined;
  return printable(typeof target === "string" ? target : socketAddressText(target));
}

function lineOf({ isGranted, host, use, text, reason }: Told, count?: number): string {
  const record: AuditRecord = {
    time: new Date().toISOString(),
    host,
    decision: isGranted ? "grant" : "refuse",
    use,
    ...(text !== undefined && { target: text }),
    ...(reason !== undefined && { reason: printable(reason) }),
    ...(count !== undefined && { count }),
  };
  return `${JSON.stringify(record)}\n`;
}

function writeAll(fd: number, line: string): void {
  const bytes = Buffer.from(line);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function writerOf(stream: Exclude<AuditSink, number>): (line: string) => void {
  const { write }: { write?: unknown } = stream ?? {};
  if (typeof write !== "function") throw new TypeError("audit must be a descriptor, or something with write");
  let failure: Error | undefined;
  return (line) => {
    if (failure !== undefined) throw failure;
    if (stream.destroyed === true) throw new Error("its stream is closed");
    if ((stream.writableLength ?? 0) > MOST_BEHIND) {
      throw new Error(`its stream is more than ${MOST_BEHIND} bytes behind`);
    }
    const written = stream.write(line);
    if (types.isPromise(written)) {
      written.then(undefined, (error: unknown) => {
        failure = new Error("a write to it has failed", { cause: error });
      });
    }
  };
}
