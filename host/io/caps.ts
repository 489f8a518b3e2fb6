/**
 * The limits of one guest: what it, or its peers, can make the host hold. docs/limits.md has them as a table.
 */

/** The limits of one host. Whatever a guest or a peer can make grow has one. */
export interface Caps {
  /** Sockets that may be open at a time; default 16,384. Beyond it: `new-socket-limit`. */
  sockets: number;
  /**
   * Connections that are taken from the kernel before the guest accepts them, a listener; default 4,096, and
   * never more than the listener's backlog. Beyond it they wait in the kernel, and where accepting can't be
   * stopped (Windows, Deno, Bun) they are reset.
   */
  acceptQueue: number;
  /** The same of all listeners together; default 16,384. Beyond it as beyond `acceptQueue`. */
  acceptQueueTotal: number;
  /**
   * Bytes written to a connection that the kernel has not taken yet; default 256 KiB. Beyond it, and on systems with
   * descriptors as long as there are any: no permit.
   */
  outputBytes: number;
  /** Datagrams that wait for the guest, a socket; default 1,024. Beyond it the newest is dropped. */
  datagrams: number;
  /** Bytes of datagrams that wait for the guest, a socket; default 1 MiB. Beyond it the newest is dropped. */
  datagramBytes: number;
  /**
   * Bytes that all sockets together hold for the guest or the kernel; default 256 MiB. Beyond it: nothing is read that
   * nobody waits for, the newest datagram is dropped, and a connection that holds nothing may be given 4 KiB.
   */
  queuedBytes: number;
  /** Streams of all kinds: of connections, files, datagrams, names; default 65,536. Beyond it: a trap or an error code. */
  streams: number;
  /** Pollables, each with its timer where it has one; default 131,072. Beyond it: a trap. */
  pollables: number;
  /**
   * Files, folders and listings of folders that may be open at a time, the given folders included; default 1,024.
   * Beyond it: `insufficient-memory` of `wasi:filesystem`, EMFILE of preview 1.
   */
  openFiles: number;
  /** Look-ups at a time; default 8. Beyond it they wait for their turn. */
  lookups: number;
  /** Look-ups that wait for their turn; default 1,024. Beyond it: `temporary-resolver-failure`. */
  lookupQueue: number;
  /** Requests over HTTP of which the guest holds something; default 256. Beyond it: `connection-limit-reached`. */
  httpRequests: number;
  /** Milliseconds for which a dropped connection may go on delivering what was written; default 30,000. */
  lingerMilliseconds: number;
  /** The size of the one buffer that all connections of the host are read through; default 64 KiB. */
  readBuffer: number;
  /**
   * Bytes of audit log a second, for grants, for refusals and for what peers did each, of which four seconds' worth
   * may be saved up; default 32 KiB. Beyond it decisions are only counted.
   */
  auditBytes: number;
  /** Bytes of `wasock run --trace` a second, of which four seconds' worth may be saved up; default 1 MiB. Beyond it lines are counted. */
  traceBytes: number;
}

/** The limits of a host that sets none. */
export const defaultCaps: Readonly<Caps> = Object.freeze({
  sockets: 16384,
  acceptQueue: 4096,
  acceptQueueTotal: 16384,
  outputBytes: 256 * 1024,
  datagrams: 1024,
  datagramBytes: 1024 * 1024,
  queuedBytes: 256 * 1024 * 1024,
  streams: 65536,
  pollables: 131072,
  openFiles: 1024,
  lookups: 8,
  lookupQueue: 1024,
  httpRequests: 256,
  lingerMilliseconds: 30_000,
  readBuffer: 64 * 1024,
  auditBytes: 32 * 1024,
  traceBytes: 1024 * 1024,
});
