/**
 * The numbers of WASI preview 1 (`wasi_snapshot_preview1`, typenames.witx).
 */

export const Errno = {
  success: 0,
  acces: 2,
  addrinuse: 3,
  addrnotavail: 4,
  again: 6,
  already: 7,
  badf: 8,
  busy: 10,
  connaborted: 13,
  connrefused: 14,
  connreset: 15,
  deadlk: 16,
  dquot: 19,
  exist: 20,
  fault: 21,
  fbig: 22,
  hostunreach: 23,
  ilseq: 25,
  inprogress: 26,
  intr: 27,
  inval: 28,
  io: 29,
  isdir: 31,
  loop: 32,
  mfile: 33,
  mlink: 34,
  msgsize: 35,
  nametoolong: 37,
  nodev: 43,
  noent: 44,
  nolck: 46,
  nomem: 48,
  nospc: 51,
  notconn: 53,
  notdir: 54,
  notempty: 55,
  notrecoverable: 56,
  notsock: 57,
  notsup: 58,
  notty: 59,
  nxio: 60,
  overflow: 61,
  perm: 63,
  pipe: 64,
  rofs: 69,
  spipe: 70,
  timedout: 73,
  txtbsy: 74,
  xdev: 75,
  notcapable: 76,
} as const;

/** Any of `errno`. */
export type Errno = (typeof Errno)[keyof typeof Errno];

export const FileType = {
  unknown: 0,
  blockDevice: 1,
  characterDevice: 2,
  directory: 3,
  regularFile: 4,
  socketStream: 6,
  symbolicLink: 7,
} as const;

export const FdFlags = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const;
export const OFlags = { creat: 1, directory: 2, excl: 4, trunc: 8 } as const;
export const FstFlags = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 } as const;
/** `lookupflags`. */
export const LOOKUP_FOLLOW = 1;
/** `riflags`: look at what is there without taking it, and wait until everything that was asked for is there. */
export const RiFlags = { peek: 1, waitall: 2 } as const;
export const SdFlags = { rd: 1, wr: 2 } as const;
export const Whence = { set: 0, cur: 1, end: 2 } as const;
export const ClockId = { realtime: 0, monotonic: 1, processCputime: 2, threadCputime: 3 } as const;

/** Of a map without a prototype: codes come from the host, but names are never looked up in anything else. */
const errnoOfCode: ReadonlyMap<string, Errno> = new Map<string, Errno>(
  Object.entries({
    // wasi:sockets/network.error-code
    "access-denied": Errno.acces,
    "not-supported": Errno.notsup,
    "invalid-argument": Errno.inval,
    "out-of-memory": Errno.nomem,
    timeout: Errno.timedout,
    "concurrency-conflict": Errno.already,
    "would-block": Errno.again,
    "invalid-state": Errno.notconn,
    "new-socket-limit": Errno.mfile,
    "address-not-bindable": Errno.addrnotavail,
    "address-in-use": Errno.addrinuse,
    "remote-unreachable": Errno.hostunreach,
    "connection-refused": Errno.connrefused,
    "connection-reset": Errno.connreset,
    "connection-aborted": Errno.connaborted,
    // wasi:filesystem/types.error-code
    access: Errno.acces,
    already: Errno.already,
    "bad-descriptor": Errno.badf,
    busy: Errno.busy,
    deadlock: Errno.deadlk,
    quota: Errno.dquot,
    exist: Errno.exist,
    "file-too-large": Errno.fbig,
    "illegal-byte-sequence": Errno.ilseq,
    "in-progress": Errno.inprogress,
    interrupted: Errno.intr,
    invalid: Errno.inval,
    "is-directory": Errno.isdir,
    loop: Errno.loop,
    "too-many-links": Errno.mlink,
    "message-size": Errno.msgsize,
    "name-too-long": Errno.nametoolong,
    "no-device": Errno.nodev,
    "no-entry": Errno.noent,
    "no-lock": Errno.nolck,
    "insufficient-memory": Errno.nomem,
    "insufficient-space": Errno.nospc,
    "not-directory": Errno.notdir,
    "not-empty": Errno.notempty,
    "not-recoverable": Errno.notrecoverable,
    unsupported: Errno.notsup,
    "no-tty": Errno.notty,
    "no-such-device": Errno.nxio,
    overflow: Errno.overflow,
    "not-permitted": Errno.perm,
    pipe: Errno.pipe,
    "read-only": Errno.rofs,
    "invalid-seek": Errno.spipe,
    "text-file-busy": Errno.txtbsy,
    "cross-device": Errno.xdev,
  }),
);

/** The errno of a WASI 0.2 error code, of the network or of files; `io` for one that has none. */
export function errnoOf(code: string | undefined): Errno {
  return (code === undefined ? undefined : errnoOfCode.get(code)) ?? Errno.io;
}
