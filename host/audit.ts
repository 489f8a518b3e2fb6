/**
 * The audit log: each decision of a host's policy as a line of JSON.
 */
import { writeSync } from "node:fs";
import type { PolicyEvent } from "./events.ts";
import { addressAndPort } from "./trace.ts";

/** A line of the audit log. */
export interface AuditRecord {
  /** When, in ISO 8601 and UTC. */
  readonly time: string;
  /** Which host: `Host.id`. */
  readonly host: number;
  readonly decision: "grant" | "refuse";
  /** What was asked for: `tcp` and `udp` are a socket of the kind, `resolve` is a look-up. */
  readonly use: PolicyEvent["use"];
  /** The address with its port, or the name, where there is one. */
  readonly target?: string;
}

/** Where an audit log goes: a file descriptor, or something with `write`, such as a stream. */
export type AuditSink =
  | number
  | { write(line: string): unknown; readonly writableLength?: number; readonly destroyed?: boolean };

/** Takes a decision down. Throws when it can't; then nothing may be granted. */
export type Audit = (isGranted: boolean, decision: PolicyEvent) => void;

/** How far a stream may be behind, in bytes, before nothing is granted any more. */
const MOST_BEHIND = 1024 * 1024;

/**
 * Makes what writes an audit log.
 *
 * @param sink a descriptor is written at once, so that a crash loses nothing; a stream may be up to 1 MiB behind
 * @returns writes one decision; throws when that failed
 */
export function auditTo(sink: AuditSink): Audit {
  const write = typeof sink === "number" ? (line: string) => writeAll(sink, line) : writerOf(sink);
  return (isGranted, { host, use, target }) => {
    const record: AuditRecord = {
      time: new Date().toISOString(),
      host,
      decision: isGranted ? "grant" : "refuse",
      use,
      ...(target !== undefined && { target: typeof target === "string" ? target : addressAndPort(target) }),
    };
    write(`${JSON.stringify(record)}\n`);
  };
}

function writeAll(fd: number, line: string): void {
  const bytes = Buffer.from(line);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function writerOf(stream: Exclude<AuditSink, number>): (line: string) => void {
  return (line) => {
    if (stream.destroyed === true) throw new Error("its stream is closed");
    if ((stream.writableLength ?? 0) > MOST_BEHIND) {
      throw new Error(`its stream is more than ${MOST_BEHIND} bytes behind`);
    }
    stream.write(line);
  };
}
