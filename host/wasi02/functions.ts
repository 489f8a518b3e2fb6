// Made by tools/generate.mjs; do not edit.
/** The functions that a core module imports from WASI 0.2.12, each in one piece. */

import { type Calling, ended, failing, later, type Maker, refused } from "../abi/answer.ts";
import {
  isSome,
  liftText,
  noCase,
  notA,
  placeOf,
  storeBytes,
  storeGiven,
  storeString,
} from "../abi/values.ts";
import type * as wit from "../wit/wasi02.ts";
import * as wasi from "./descriptions.ts";

function storeU32List(s: Calling, at: number, items: Uint32Array): void {
  const { memory, where } = s;
  const count = items.length;
  const start = memory.allocate(count * 4, 4, where);
  const { view } = memory;
  for (let i = 0; i < count; i++) {
    view.setUint32(start + i * 4, items[i] as number, true);
  }
  memory.view.setUint32(at, start, true);
  memory.view.setUint32(at + 4, count, true);
}

function storeStreamError(s: Calling, at: number, value: wit.StreamError): void {
  const { table, where } = s;
  const { view } = s.memory;
  const ErrorClass = table.classOf(wasi.error);
  switch (value.tag) {
    case "last-operation-failed": {
      view.setUint8(at, 0);
      view.setUint32(
        at + 4,
        ErrorClass === undefined || value.val instanceof ErrorClass
          ? table.add(value.val, wasi.error)
          : notA(wasi.error, value.val, where),
        true,
      );
      break;
    }
    case "closed": {
      view.setUint8(at, 1);
      break;
    }
    default:
      placeOf(["last-operation-failed", "closed"], (value as { readonly tag: unknown }).tag, where);
  }
}

function failStreamError(s: Calling, into: number, offset: number, thrown: unknown): void {
  failing(s, into, thrown);
  try {
    storeStreamError(s, into + offset, thrown as wit.StreamError);
  } catch (error) {
    throw ended(error, s);
  }
}

const namesFilesystemErrorCode: readonly wit.FilesystemErrorCode[] = [
  "access",
  "would-block",
  "already",
  "bad-descriptor",
  "busy",
  "deadlock",
  "quota",
  "exist",
  "file-too-large",
  "illegal-byte-sequence",
  "in-progress",
  "interrupted",
  "invalid",
  "io",
  "is-directory",
  "loop",
  "too-many-links",
  "message-size",
  "name-too-long",
  "no-device",
  "no-entry",
  "no-lock",
  "insufficient-memory",
  "insufficient-space",
  "not-directory",
  "not-empty",
  "not-recoverable",
  "unsupported",
  "no-tty",
  "no-such-device",
  "overflow",
  "not-permitted",
  "pipe",
  "read-only",
  "invalid-seek",
  "text-file-busy",
  "cross-device",
];

function storeFilesystemErrorCode(s: Calling, at: number, value: wit.FilesystemErrorCode): void {
  const { where } = s;
  const { view } = s.memory;
  view.setUint8(at, placeOf(namesFilesystemErrorCode, value, where));
}

function failFilesystemErrorCode(s: Calling, into: number, offset: number, thrown: unknown): void {
  failing(s, into, thrown);
  try {
    storeFilesystemErrorCode(s, into + offset, thrown as wit.FilesystemErrorCode);
  } catch (error) {
    throw ended(error, s);
  }
}

const namesAdvice: readonly wit.Advice[] = [
  "normal",
  "sequential",
  "random",
  "will-need",
  "dont-need",
  "no-reuse",
];

function bitsDescriptorFlags(value: wit.DescriptorFlags): number {
  return (
    ((value.read ? 1 : 0) |
      (value.write ? 2 : 0) |
      (value.fileIntegritySync ? 4 : 0) |
      (value.dataIntegritySync ? 8 : 0) |
      (value.requestedWriteSync ? 16 : 0) |
      (value.mutateDirectory ? 32 : 0)) >>>
    0
  );
}

const namesDescriptorType: readonly wit.DescriptorType[] = [
  "unknown",
  "block-device",
  "character-device",
  "directory",
  "fifo",
  "symbolic-link",
  "regular-file",
  "socket",
];

function liftDatetime(_s: Calling, a0: bigint, a1: number): wit.Datetime {
  return { seconds: a0 >= 0n ? a0 : BigInt.asUintN(64, a0), nanoseconds: a1 >>> 0 };
}

function liftNewTimestamp(s: Calling, discriminant: number, a1: bigint, a2: number): wit.NewTimestamp {
  const { where } = s;
  switch (discriminant) {
    case 0:
      return { tag: "no-change", val: undefined };
    case 1:
      return { tag: "now", val: undefined };
    case 2:
      return { tag: "timestamp", val: liftDatetime(s, a1, a2) };
    default:
      throw noCase(discriminant, 3, where);
  }
}

function liftPathFlags(bits: number): wit.PathFlags {
  return { symlinkFollow: (bits & 1) !== 0 };
}

function liftOpenFlags(bits: number): wit.OpenFlags {
  return {
    create: (bits & 1) !== 0,
    directory: (bits & 2) !== 0,
    exclusive: (bits & 4) !== 0,
    truncate: (bits & 8) !== 0,
  };
}

function liftDescriptorFlags(bits: number): wit.DescriptorFlags {
  return {
    read: (bits & 1) !== 0,
    write: (bits & 2) !== 0,
    fileIntegritySync: (bits & 4) !== 0,
    dataIntegritySync: (bits & 8) !== 0,
    requestedWriteSync: (bits & 16) !== 0,
    mutateDirectory: (bits & 32) !== 0,
  };
}

function storeDescriptorAndStringList(
  s: Calling,
  at: number,
  items: readonly (readonly [wit.Descriptor, string])[],
): void {
  const { memory, table, where } = s;
  const count = items.length;
  const start = memory.allocate(count * 12, 4, where);

  for (let i = 0; i < count; i++) {
    const item = items[i] as readonly [wit.Descriptor, string];
    const DescriptorClass = table.classOf(wasi.descriptor);
    memory.view.setUint32(
      start + i * 12,
      DescriptorClass === undefined || item[0] instanceof DescriptorClass
        ? table.add(item[0], wasi.descriptor)
        : notA(wasi.descriptor, item[0], where),
      true,
    );
    storeString(s, start + i * 12 + 4, item[1]);
  }
  memory.view.setUint32(at, start, true);
  memory.view.setUint32(at + 4, count, true);
}

const namesSocketsErrorCode: readonly wit.SocketsErrorCode[] = [
  "unknown",
  "access-denied",
  "not-supported",
  "invalid-argument",
  "out-of-memory",
  "timeout",
  "concurrency-conflict",
  "not-in-progress",
  "would-block",
  "invalid-state",
  "new-socket-limit",
  "address-not-bindable",
  "address-in-use",
  "remote-unreachable",
  "connection-refused",
  "connection-reset",
  "connection-aborted",
  "datagram-too-large",
  "name-unresolvable",
  "temporary-resolver-failure",
  "permanent-resolver-failure",
];

function liftIpv4SocketAddress(
  _s: Calling,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
): wit.Ipv4SocketAddress {
  return { port: a0 & 0xffff, address: [a1 & 0xff, a2 & 0xff, a3 & 0xff, a4 & 0xff] };
}

function liftIpv6SocketAddress(
  _s: Calling,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
  a6: number,
  a7: number,
  a8: number,
  a9: number,
  a10: number,
): wit.Ipv6SocketAddress {
  return {
    port: a0 & 0xffff,
    flowInfo: a1 >>> 0,
    address: [
      a2 & 0xffff,
      a3 & 0xffff,
      a4 & 0xffff,
      a5 & 0xffff,
      a6 & 0xffff,
      a7 & 0xffff,
      a8 & 0xffff,
      a9 & 0xffff,
    ],
    scopeId: a10 >>> 0,
  };
}

function liftIpSocketAddress(
  s: Calling,
  discriminant: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
  a6: number,
  a7: number,
  a8: number,
  a9: number,
  a10: number,
  a11: number,
): wit.IpSocketAddress {
  const { where } = s;
  switch (discriminant) {
    case 0:
      return { tag: "ipv4", val: liftIpv4SocketAddress(s, a1, a2, a3, a4, a5) };
    case 1:
      return { tag: "ipv6", val: liftIpv6SocketAddress(s, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) };
    default:
      throw noCase(discriminant, 2, where);
  }
}

function storeSocketsErrorCode(s: Calling, at: number, value: wit.SocketsErrorCode): void {
  const { where } = s;
  const { view } = s.memory;
  view.setUint8(at, placeOf(namesSocketsErrorCode, value, where));
}

function failSocketsErrorCode(s: Calling, into: number, offset: number, thrown: unknown): void {
  failing(s, into, thrown);
  try {
    storeSocketsErrorCode(s, into + offset, thrown as wit.SocketsErrorCode);
  } catch (error) {
    throw ended(error, s);
  }
}

function storeIpSocketAddress(s: Calling, at: number, value: wit.IpSocketAddress): void {
  const { where } = s;
  const { view } = s.memory;
  switch (value.tag) {
    case "ipv4": {
      view.setUint8(at, 0);
      {
        const record = value.val;
        view.setUint16(at + 4, record.port, true);
        view.setUint8(at + 6, record.address[0]);
        view.setUint8(at + 7, record.address[1]);
        view.setUint8(at + 8, record.address[2]);
        view.setUint8(at + 9, record.address[3]);
      }
      break;
    }
    case "ipv6": {
      view.setUint8(at, 1);
      {
        const record1 = value.val;
        view.setUint16(at + 4, record1.port, true);
        view.setUint32(at + 8, record1.flowInfo, true);
        view.setUint16(at + 12, record1.address[0], true);
        view.setUint16(at + 14, record1.address[1], true);
        view.setUint16(at + 16, record1.address[2], true);
        view.setUint16(at + 18, record1.address[3], true);
        view.setUint16(at + 20, record1.address[4], true);
        view.setUint16(at + 22, record1.address[5], true);
        view.setUint16(at + 24, record1.address[6], true);
        view.setUint16(at + 26, record1.address[7], true);
        view.setUint32(at + 28, record1.scopeId, true);
      }
      break;
    }
    default:
      placeOf(["ipv4", "ipv6"], (value as { readonly tag: unknown }).tag, where);
  }
}

const namesIpAddressFamily: readonly wit.IpAddressFamily[] = ["ipv4", "ipv6"];

function storeIncomingDatagramList(s: Calling, at: number, items: readonly wit.IncomingDatagram[]): void {
  const { memory, where } = s;
  const count = items.length;
  const start = memory.allocate(count * 40, 4, where);

  for (let i = 0; i < count; i++) {
    const item = items[i] as wit.IncomingDatagram;
    storeGiven(s, start + i * 40, item.data);
    storeIpSocketAddress(s, start + i * 40 + 8, item.remoteAddress);
  }
  memory.view.setUint32(at, start, true);
  memory.view.setUint32(at + 4, count, true);
}

function loadIpSocketAddress(s: Calling, at: number): wit.IpSocketAddress {
  const { where } = s;
  const { view } = s.memory;
  const discriminant = view.getUint8(at);
  switch (discriminant) {
    case 0:
      return {
        tag: "ipv4",
        val: {
          port: view.getUint16(at + 4, true),
          address: [
            view.getUint8(at + 6),
            view.getUint8(at + 7),
            view.getUint8(at + 8),
            view.getUint8(at + 9),
          ],
        },
      };
    case 1:
      return {
        tag: "ipv6",
        val: {
          port: view.getUint16(at + 4, true),
          flowInfo: view.getUint32(at + 8, true),
          address: [
            view.getUint16(at + 12, true),
            view.getUint16(at + 14, true),
            view.getUint16(at + 16, true),
            view.getUint16(at + 18, true),
            view.getUint16(at + 20, true),
            view.getUint16(at + 22, true),
            view.getUint16(at + 24, true),
            view.getUint16(at + 26, true),
          ],
          scopeId: view.getUint32(at + 28, true),
        },
      };
    default:
      throw noCase(discriminant, 2, where);
  }
}

const namesShutdownType: readonly wit.ShutdownType[] = ["receive", "send", "both"];

function storeIpAddress(s: Calling, at: number, value: wit.IpAddress): void {
  const { where } = s;
  const { view } = s.memory;
  switch (value.tag) {
    case "ipv4": {
      view.setUint8(at, 0);
      view.setUint8(at + 2, value.val[0]);
      view.setUint8(at + 3, value.val[1]);
      view.setUint8(at + 4, value.val[2]);
      view.setUint8(at + 5, value.val[3]);
      break;
    }
    case "ipv6": {
      view.setUint8(at, 1);
      view.setUint16(at + 2, value.val[0], true);
      view.setUint16(at + 4, value.val[1], true);
      view.setUint16(at + 6, value.val[2], true);
      view.setUint16(at + 8, value.val[3], true);
      view.setUint16(at + 10, value.val[4], true);
      view.setUint16(at + 12, value.val[5], true);
      view.setUint16(at + 14, value.val[6], true);
      view.setUint16(at + 16, value.val[7], true);
      break;
    }
    default:
      placeOf(["ipv4", "ipv6"], (value as { readonly tag: unknown }).tag, where);
  }
}

function storeStringAndStringList(
  s: Calling,
  at: number,
  items: readonly (readonly [string, string])[],
): void {
  const { memory, where } = s;
  const count = items.length;
  const start = memory.allocate(count * 16, 4, where);

  for (let i = 0; i < count; i++) {
    const item = items[i] as readonly [string, string];
    storeString(s, start + i * 16, item[0]);
    storeString(s, start + i * 16 + 8, item[1]);
  }
  memory.view.setUint32(at, start, true);
  memory.view.setUint32(at + 4, count, true);
}

function storeStringList(s: Calling, at: number, items: readonly string[]): void {
  const { memory, where } = s;
  const count = items.length;
  const start = memory.allocate(count * 8, 4, where);

  for (let i = 0; i < count; i++) {
    const item = items[i] as string;
    storeString(s, start + i * 8, item);
  }
  memory.view.setUint32(at, start, true);
  memory.view.setUint32(at + 4, count, true);
}

function liftNothingOrNothing(
  s: Calling,
  discriminant: number,
): { readonly tag: "ok"; readonly val?: undefined } | { readonly tag: "err"; readonly val?: undefined } {
  const { where } = s;
  switch (discriminant) {
    case 0:
      return { tag: "ok", val: undefined };
    case 1:
      return { tag: "err", val: undefined };
    default:
      throw noCase(discriminant, 2, where);
  }
}

/** What makes each function, by interface and import: `wasi:io/poll#poll`. */
export const functions: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  [
    "wasi:io/poll#poll",
    (s: Calling, face: wit.Faces["wasi:io/poll"]) => {
      const { memory, table, where } = s;
      const done = (into: number, value: Uint32Array): void => {
        memory.refresh(where);
        storeU32List(s, into, value);
      };
      const fail = (_into: number, thrown: unknown): void => {
        throw refused(s, thrown);
      };
      return (in_0: number, in_1: number, result: number): unknown => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const in_0At = in_0 >>> 0;
          const in_0Count = in_1 >>> 0;
          memory.claimList(in_0At, in_0Count, 4, 4, where);
          const in_0Items: wit.Pollable[] = [];
          for (let i = 0; i < in_0Count; i++)
            in_0Items.push(
              table.find(memory.view.getInt32(in_0At + i * 4, true), wasi.pollable, where) as wit.Pollable,
            );
          const value = face.poll(in_0Items);
          if (value instanceof Uint32Array) return done(into, value);
          return later(s, into, value, done, fail);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/poll#[method]pollable.ready",
    (s: Calling) => {
      const { table, where } = s;
      return (self: number) => {
        try {
          const value = (table.find(self, wasi.pollable, where) as wit.Pollable).ready();
          if (!value) s.notYet();
          return value ? 1 : 0;
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/poll#[method]pollable.block",
    (s: Calling) => {
      const { table, where } = s;
      const done = (): void => {};
      const fail = (_into: number, thrown: unknown): void => {
        throw refused(s, thrown);
      };
      return (self: number): unknown => {
        try {
          const value = (table.find(self, wasi.pollable, where) as wit.Pollable).block();
          if (value === undefined) return done();
          return later(s, 0, value, done, fail);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:clocks/monotonic-clock#now",
    (s: Calling, face: wit.Faces["wasi:clocks/monotonic-clock"]) => {
      return () => {
        try {
          const value = face.now();
          return value;
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:clocks/monotonic-clock#resolution",
    (s: Calling, face: wit.Faces["wasi:clocks/monotonic-clock"]) => {
      return () => {
        try {
          const value = face.resolution();
          return value;
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:clocks/monotonic-clock#subscribe-instant",
    (s: Calling, face: wit.Faces["wasi:clocks/monotonic-clock"]) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (when: bigint) => {
        try {
          const value = face.subscribeInstant(when >= 0n ? when : BigInt.asUintN(64, when));
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:clocks/monotonic-clock#subscribe-duration",
    (s: Calling, face: wit.Faces["wasi:clocks/monotonic-clock"]) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (when: bigint) => {
        try {
          const value = face.subscribeDuration(when >= 0n ? when : BigInt.asUintN(64, when));
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:clocks/wall-clock#now",
    (s: Calling, face: wit.Faces["wasi:clocks/wall-clock"]) => {
      const { memory, where } = s;
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = face.now();
          memory.refresh(where);
          memory.view.setBigUint64(into, value.seconds, true);
          memory.view.setUint32(into + 8, value.nanoseconds, true);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:clocks/wall-clock#resolution",
    (s: Calling, face: wit.Faces["wasi:clocks/wall-clock"]) => {
      const { memory, where } = s;
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = face.resolution();
          memory.refresh(where);
          memory.view.setBigUint64(into, value.seconds, true);
          memory.view.setUint32(into + 8, value.nanoseconds, true);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/error#[method]error.to-debug-string",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = (table.find(self, wasi.error, where) as wit.IoError).toDebugString();
          memory.refresh(where);
          storeString(s, into, value);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]input-stream.read",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, len: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (table.find(self, wasi.inputStream, where) as wit.InputStream).read(
            len >= 0n ? len : BigInt.asUintN(64, len),
          );
          if (value.length === 0) s.notYet();

          storeGiven(s, into + 4, value);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failStreamError(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]input-stream.blocking-read",
    (s: Calling) => {
      const { memory, table, where } = s;
      const done = (into: number, value: Uint8Array): void => {
        if (value.length === 0) s.notYet();

        storeGiven(s, into + 4, value);
        memory.bytes[into] = 0;
      };
      const fail = (into: number, thrown: unknown): void => {
        failStreamError(s, into, 4, thrown);
      };
      return (self: number, len: bigint, result: number): unknown => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (table.find(self, wasi.inputStream, where) as wit.InputStream).blockingRead(
            len >= 0n ? len : BigInt.asUintN(64, len),
          );
          if (value instanceof Uint8Array) return done(into, value);
          return later(s, into, value, done, fail);
        } catch (thrown) {
          failStreamError(s, into, 4, thrown);
          return undefined;
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]input-stream.skip",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, len: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.inputStream, where) as wit.InputStream).skip(
            len >= 0n ? len : BigInt.asUintN(64, len),
          );
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failStreamError(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]input-stream.blocking-skip",
    (s: Calling) => {
      const { memory, table, where } = s;
      const done = (into: number, value: bigint): void => {
        if (value === 0n) s.notYet();
        memory.refresh(where);
        memory.bytes[into] = 0;
        memory.view.setBigUint64(into + 8, value, true);
      };
      const fail = (into: number, thrown: unknown): void => {
        failStreamError(s, into, 8, thrown);
      };
      return (self: number, len: bigint, result: number): unknown => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.inputStream, where) as wit.InputStream).blockingSkip(
            len >= 0n ? len : BigInt.asUintN(64, len),
          );
          if (typeof value === "bigint") return done(into, value);
          return later(s, into, value, done, fail);
        } catch (thrown) {
          failStreamError(s, into, 8, thrown);
          return undefined;
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]input-stream.subscribe",
    (s: Calling) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (self: number) => {
        try {
          const value = (table.find(self, wasi.inputStream, where) as wit.InputStream).subscribe();
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.check-write",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.outputStream, where) as wit.OutputStream).checkWrite();
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failStreamError(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.write",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, contents0: number, contents1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          (table.find(self, wasi.outputStream, where) as wit.OutputStream).write(
            memory.lend(contents0 >>> 0, contents1 >>> 0, where),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failStreamError(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.blocking-write-and-flush",
    (s: Calling) => {
      const { memory, table, where } = s;
      const done = (into: number): void => {
        memory.refresh(where);
        memory.bytes[into] = 0;
      };
      const fail = (into: number, thrown: unknown): void => {
        failStreamError(s, into, 4, thrown);
      };
      return (self: number, contents0: number, contents1: number, result: number): unknown => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (
            table.find(self, wasi.outputStream, where) as wit.OutputStream
          ).blockingWriteAndFlush(memory.lend(contents0 >>> 0, contents1 >>> 0, where));
          if (value === undefined) return done(into);
          return later(s, into, value, done, fail);
        } catch (thrown) {
          failStreamError(s, into, 4, thrown);
          return undefined;
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.flush",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          (table.find(self, wasi.outputStream, where) as wit.OutputStream).flush();
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failStreamError(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.blocking-flush",
    (s: Calling) => {
      const { memory, table, where } = s;
      const done = (into: number): void => {
        memory.refresh(where);
        memory.bytes[into] = 0;
      };
      const fail = (into: number, thrown: unknown): void => {
        failStreamError(s, into, 4, thrown);
      };
      return (self: number, result: number): unknown => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (table.find(self, wasi.outputStream, where) as wit.OutputStream).blockingFlush();
          if (value === undefined) return done(into);
          return later(s, into, value, done, fail);
        } catch (thrown) {
          failStreamError(s, into, 4, thrown);
          return undefined;
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.subscribe",
    (s: Calling) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (self: number) => {
        try {
          const value = (table.find(self, wasi.outputStream, where) as wit.OutputStream).subscribe();
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.write-zeroes",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, len: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          (table.find(self, wasi.outputStream, where) as wit.OutputStream).writeZeroes(
            len >= 0n ? len : BigInt.asUintN(64, len),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failStreamError(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush",
    (s: Calling) => {
      const { memory, table, where } = s;
      const done = (into: number): void => {
        memory.refresh(where);
        memory.bytes[into] = 0;
      };
      const fail = (into: number, thrown: unknown): void => {
        failStreamError(s, into, 4, thrown);
      };
      return (self: number, len: bigint, result: number): unknown => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (
            table.find(self, wasi.outputStream, where) as wit.OutputStream
          ).blockingWriteZeroesAndFlush(len >= 0n ? len : BigInt.asUintN(64, len));
          if (value === undefined) return done(into);
          return later(s, into, value, done, fail);
        } catch (thrown) {
          failStreamError(s, into, 4, thrown);
          return undefined;
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.splice",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, src: number, len: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.outputStream, where) as wit.OutputStream).splice(
            table.find(src, wasi.inputStream, where) as wit.InputStream,
            len >= 0n ? len : BigInt.asUintN(64, len),
          );
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failStreamError(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:io/streams#[method]output-stream.blocking-splice",
    (s: Calling) => {
      const { memory, table, where } = s;
      const done = (into: number, value: bigint): void => {
        if (value === 0n) s.notYet();
        memory.refresh(where);
        memory.bytes[into] = 0;
        memory.view.setBigUint64(into + 8, value, true);
      };
      const fail = (into: number, thrown: unknown): void => {
        failStreamError(s, into, 8, thrown);
      };
      return (self: number, src: number, len: bigint, result: number): unknown => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.outputStream, where) as wit.OutputStream).blockingSplice(
            table.find(src, wasi.inputStream, where) as wit.InputStream,
            len >= 0n ? len : BigInt.asUintN(64, len),
          );
          if (typeof value === "bigint") return done(into, value);
          return later(s, into, value, done, fail);
        } catch (thrown) {
          failStreamError(s, into, 8, thrown);
          return undefined;
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#filesystem-error-code",
    (s: Calling, face: wit.Faces["wasi:filesystem/types"]) => {
      const { memory, table, where } = s;
      return (err: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          const value = face.filesystemErrorCode(table.find(err, wasi.error, where) as wit.IoError);
          memory.refresh(where);
          const some = value;
          if (some === undefined || some === null) memory.view.setUint8(into, 0);
          else {
            memory.view.setUint8(into, 1);
            memory.view.setUint8(into + 1, placeOf(namesFilesystemErrorCode, some, where));
          }
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.read-via-stream",
    (s: Calling) => {
      const { memory, table, where } = s;
      const InputStreamClass = table.classOf(wasi.inputStream);
      return (self: number, offset: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).readViaStream(
            offset >= 0n ? offset : BigInt.asUintN(64, offset),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            InputStreamClass === undefined || value instanceof InputStreamClass
              ? table.add(value, wasi.inputStream)
              : notA(wasi.inputStream, value, where),
            true,
          );
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.write-via-stream",
    (s: Calling) => {
      const { memory, table, where } = s;
      const OutputStreamClass = table.classOf(wasi.outputStream);
      return (self: number, offset: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).writeViaStream(
            offset >= 0n ? offset : BigInt.asUintN(64, offset),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            OutputStreamClass === undefined || value instanceof OutputStreamClass
              ? table.add(value, wasi.outputStream)
              : notA(wasi.outputStream, value, where),
            true,
          );
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.append-via-stream",
    (s: Calling) => {
      const { memory, table, where } = s;
      const OutputStreamClass = table.classOf(wasi.outputStream);
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).appendViaStream();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            OutputStreamClass === undefined || value instanceof OutputStreamClass
              ? table.add(value, wasi.outputStream)
              : notA(wasi.outputStream, value, where),
            true,
          );
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.advise",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, offset: bigint, length: bigint, advice: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).advise(
            offset >= 0n ? offset : BigInt.asUintN(64, offset),
            length >= 0n ? length : BigInt.asUintN(64, length),
            namesAdvice[advice] ?? noCase(advice, 6, where),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.sync-data",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).syncData();
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.get-flags",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).getFlags();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint8(into + 1, bitsDescriptorFlags(value));
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.get-type",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).getType();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint8(into + 1, placeOf(namesDescriptorType, value, where));
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.set-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, size: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).setSize(
            size >= 0n ? size : BigInt.asUintN(64, size),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.set-times",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (
        self: number,
        dataAccessTimestamp0: number,
        dataAccessTimestamp1: bigint,
        dataAccessTimestamp2: number,
        dataModificationTimestamp0: number,
        dataModificationTimestamp1: bigint,
        dataModificationTimestamp2: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).setTimes(
            liftNewTimestamp(s, dataAccessTimestamp0, dataAccessTimestamp1, dataAccessTimestamp2),
            liftNewTimestamp(
              s,
              dataModificationTimestamp0,
              dataModificationTimestamp1,
              dataModificationTimestamp2,
            ),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.read",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, length: bigint, offset: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 4, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).read(
            length >= 0n ? length : BigInt.asUintN(64, length),
            offset >= 0n ? offset : BigInt.asUintN(64, offset),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          storeBytes(s, into + 4, value[0]);
          memory.view.setUint8(into + 12, value[1] ? 1 : 0);
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.write",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, buffer0: number, buffer1: number, offset: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).write(
            memory.lend(buffer0 >>> 0, buffer1 >>> 0, where),
            offset >= 0n ? offset : BigInt.asUintN(64, offset),
          );
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.read-directory",
    (s: Calling) => {
      const { memory, table, where } = s;
      const DirectoryEntryStreamClass = table.classOf(wasi.directoryEntryStream);
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).readDirectory();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            DirectoryEntryStreamClass === undefined || value instanceof DirectoryEntryStreamClass
              ? table.add(value, wasi.directoryEntryStream)
              : notA(wasi.directoryEntryStream, value, where),
            true,
          );
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.sync",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).sync();
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.create-directory-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, path0: number, path1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).createDirectoryAt(
            liftText(s, path0, path1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.stat",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 104, 8, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).stat();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint8(into + 8, placeOf(namesDescriptorType, value.type, where));
          memory.view.setBigUint64(into + 16, value.linkCount, true);
          memory.view.setBigUint64(into + 24, value.size, true);
          const some = value.dataAccessTimestamp;
          if (some === undefined || some === null) memory.view.setUint8(into + 32, 0);
          else {
            memory.view.setUint8(into + 32, 1);
            memory.view.setBigUint64(into + 40, some.seconds, true);
            memory.view.setUint32(into + 48, some.nanoseconds, true);
          }
          const some1 = value.dataModificationTimestamp;
          if (some1 === undefined || some1 === null) memory.view.setUint8(into + 56, 0);
          else {
            memory.view.setUint8(into + 56, 1);
            memory.view.setBigUint64(into + 64, some1.seconds, true);
            memory.view.setUint32(into + 72, some1.nanoseconds, true);
          }
          const some2 = value.statusChangeTimestamp;
          if (some2 === undefined || some2 === null) memory.view.setUint8(into + 80, 0);
          else {
            memory.view.setUint8(into + 80, 1);
            memory.view.setBigUint64(into + 88, some2.seconds, true);
            memory.view.setUint32(into + 96, some2.nanoseconds, true);
          }
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.stat-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, pathFlags: number, path0: number, path1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 104, 8, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).statAt(
            liftPathFlags(pathFlags),
            liftText(s, path0, path1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint8(into + 8, placeOf(namesDescriptorType, value.type, where));
          memory.view.setBigUint64(into + 16, value.linkCount, true);
          memory.view.setBigUint64(into + 24, value.size, true);
          const some = value.dataAccessTimestamp;
          if (some === undefined || some === null) memory.view.setUint8(into + 32, 0);
          else {
            memory.view.setUint8(into + 32, 1);
            memory.view.setBigUint64(into + 40, some.seconds, true);
            memory.view.setUint32(into + 48, some.nanoseconds, true);
          }
          const some1 = value.dataModificationTimestamp;
          if (some1 === undefined || some1 === null) memory.view.setUint8(into + 56, 0);
          else {
            memory.view.setUint8(into + 56, 1);
            memory.view.setBigUint64(into + 64, some1.seconds, true);
            memory.view.setUint32(into + 72, some1.nanoseconds, true);
          }
          const some2 = value.statusChangeTimestamp;
          if (some2 === undefined || some2 === null) memory.view.setUint8(into + 80, 0);
          else {
            memory.view.setUint8(into + 80, 1);
            memory.view.setBigUint64(into + 88, some2.seconds, true);
            memory.view.setUint32(into + 96, some2.nanoseconds, true);
          }
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.set-times-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (
        self: number,
        pathFlags: number,
        path0: number,
        path1: number,
        dataAccessTimestamp0: number,
        dataAccessTimestamp1: bigint,
        dataAccessTimestamp2: number,
        dataModificationTimestamp0: number,
        dataModificationTimestamp1: bigint,
        dataModificationTimestamp2: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).setTimesAt(
            liftPathFlags(pathFlags),
            liftText(s, path0, path1),
            liftNewTimestamp(s, dataAccessTimestamp0, dataAccessTimestamp1, dataAccessTimestamp2),
            liftNewTimestamp(
              s,
              dataModificationTimestamp0,
              dataModificationTimestamp1,
              dataModificationTimestamp2,
            ),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.link-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (
        self: number,
        oldPathFlags: number,
        oldPath0: number,
        oldPath1: number,
        newDescriptor: number,
        newPath0: number,
        newPath1: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).linkAt(
            liftPathFlags(oldPathFlags),
            liftText(s, oldPath0, oldPath1),
            table.find(newDescriptor, wasi.descriptor, where) as wit.Descriptor,
            liftText(s, newPath0, newPath1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.open-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      const DescriptorClass = table.classOf(wasi.descriptor);
      return (
        self: number,
        pathFlags: number,
        path0: number,
        path1: number,
        openFlags: number,
        flags: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).openAt(
            liftPathFlags(pathFlags),
            liftText(s, path0, path1),
            liftOpenFlags(openFlags),
            liftDescriptorFlags(flags),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            DescriptorClass === undefined || value instanceof DescriptorClass
              ? table.add(value, wasi.descriptor)
              : notA(wasi.descriptor, value, where),
            true,
          );
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.readlink-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, path0: number, path1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).readlinkAt(
            liftText(s, path0, path1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          storeString(s, into + 4, value);
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.remove-directory-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, path0: number, path1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).removeDirectoryAt(
            liftText(s, path0, path1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.rename-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (
        self: number,
        oldPath0: number,
        oldPath1: number,
        newDescriptor: number,
        newPath0: number,
        newPath1: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).renameAt(
            liftText(s, oldPath0, oldPath1),
            table.find(newDescriptor, wasi.descriptor, where) as wit.Descriptor,
            liftText(s, newPath0, newPath1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.symlink-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (
        self: number,
        oldPath0: number,
        oldPath1: number,
        newPath0: number,
        newPath1: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).symlinkAt(
            liftText(s, oldPath0, oldPath1),
            liftText(s, newPath0, newPath1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.unlink-file-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, path0: number, path1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.descriptor, where) as wit.Descriptor).unlinkFileAt(
            liftText(s, path0, path1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.is-same-object",
    (s: Calling) => {
      const { table, where } = s;
      return (self: number, other: number) => {
        try {
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).isSameObject(
            table.find(other, wasi.descriptor, where) as wit.Descriptor,
          );
          return value ? 1 : 0;
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.metadata-hash",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 24, 8, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).metadataHash();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value.lower, true);
          memory.view.setBigUint64(into + 16, value.upper, true);
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]descriptor.metadata-hash-at",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, pathFlags: number, path0: number, path1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 24, 8, where);
          const value = (table.find(self, wasi.descriptor, where) as wit.Descriptor).metadataHashAt(
            liftPathFlags(pathFlags),
            liftText(s, path0, path1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value.lower, true);
          memory.view.setBigUint64(into + 16, value.upper, true);
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/types#[method]directory-entry-stream.read-directory-entry",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 20, 4, where);
          const value = (
            table.find(self, wasi.directoryEntryStream, where) as wit.DirectoryEntryStream
          ).readDirectoryEntry();
          memory.refresh(where);
          memory.bytes[into] = 0;
          const some = value;
          if (some === undefined || some === null) memory.view.setUint8(into + 4, 0);
          else {
            memory.view.setUint8(into + 4, 1);
            memory.view.setUint8(into + 8, placeOf(namesDescriptorType, some.type, where));
            storeString(s, into + 12, some.name);
          }
        } catch (thrown) {
          failFilesystemErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:filesystem/preopens#get-directories",
    (s: Calling, face: wit.Faces["wasi:filesystem/preopens"]) => {
      const { memory, where } = s;
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.getDirectories();
          memory.refresh(where);
          storeDescriptorAndStringList(s, into, value);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/network#network-error-code",
    (s: Calling, face: wit.Faces["wasi:sockets/network"]) => {
      const { memory, table, where } = s;
      return (err: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          const value = face.networkErrorCode(table.find(err, wasi.error, where) as wit.IoError);
          memory.refresh(where);
          const some = value;
          if (some === undefined || some === null) memory.view.setUint8(into, 0);
          else {
            memory.view.setUint8(into, 1);
            memory.view.setUint8(into + 1, placeOf(namesSocketsErrorCode, some, where));
          }
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/instance-network#instance-network",
    (s: Calling, face: wit.Faces["wasi:sockets/instance-network"]) => {
      const { table, where } = s;
      const NetworkClass = table.classOf(wasi.network);
      return () => {
        try {
          const value = face.instanceNetwork();
          return NetworkClass === undefined || value instanceof NetworkClass
            ? table.add(value, wasi.network)
            : notA(wasi.network, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.start-bind",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (
        self: number,
        network: number,
        localAddress0: number,
        localAddress1: number,
        localAddress2: number,
        localAddress3: number,
        localAddress4: number,
        localAddress5: number,
        localAddress6: number,
        localAddress7: number,
        localAddress8: number,
        localAddress9: number,
        localAddress10: number,
        localAddress11: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).startBind(
            table.find(network, wasi.network, where) as wit.Network,
            liftIpSocketAddress(
              s,
              localAddress0,
              localAddress1,
              localAddress2,
              localAddress3,
              localAddress4,
              localAddress5,
              localAddress6,
              localAddress7,
              localAddress8,
              localAddress9,
              localAddress10,
              localAddress11,
            ),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.finish-bind",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).finishBind();
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.stream",
    (s: Calling) => {
      const { memory, table, where } = s;
      const IncomingDatagramStreamClass = table.classOf(wasi.incomingDatagramStream);
      const OutgoingDatagramStreamClass = table.classOf(wasi.outgoingDatagramStream);
      return (
        self: number,
        remoteAddress0: number,
        remoteAddress1: number,
        remoteAddress2: number,
        remoteAddress3: number,
        remoteAddress4: number,
        remoteAddress5: number,
        remoteAddress6: number,
        remoteAddress7: number,
        remoteAddress8: number,
        remoteAddress9: number,
        remoteAddress10: number,
        remoteAddress11: number,
        remoteAddress12: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).stream(
            isSome(remoteAddress0, where)
              ? liftIpSocketAddress(
                  s,
                  remoteAddress1,
                  remoteAddress2,
                  remoteAddress3,
                  remoteAddress4,
                  remoteAddress5,
                  remoteAddress6,
                  remoteAddress7,
                  remoteAddress8,
                  remoteAddress9,
                  remoteAddress10,
                  remoteAddress11,
                  remoteAddress12,
                )
              : undefined,
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            IncomingDatagramStreamClass === undefined || value[0] instanceof IncomingDatagramStreamClass
              ? table.add(value[0], wasi.incomingDatagramStream)
              : notA(wasi.incomingDatagramStream, value[0], where),
            true,
          );
          memory.view.setUint32(
            into + 8,
            OutgoingDatagramStreamClass === undefined || value[1] instanceof OutgoingDatagramStreamClass
              ? table.add(value[1], wasi.outgoingDatagramStream)
              : notA(wasi.outgoingDatagramStream, value[1], where),
            true,
          );
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.local-address",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 36, 4, where);
          const value = (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).localAddress();
          memory.refresh(where);
          memory.bytes[into] = 0;
          storeIpSocketAddress(s, into + 4, value);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.remote-address",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 36, 4, where);
          const value = (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).remoteAddress();
          memory.refresh(where);
          memory.bytes[into] = 0;
          storeIpSocketAddress(s, into + 4, value);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.address-family",
    (s: Calling) => {
      const { table, where } = s;
      return (self: number) => {
        try {
          const value = (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).addressFamily();
          return placeOf(namesIpAddressFamily, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.unicast-hop-limit",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          const value = (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).unicastHopLimit();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint8(into + 1, value);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.set-unicast-hop-limit",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).setUnicastHopLimit(value & 0xff);
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.receive-buffer-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).receiveBufferSize();
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.set-receive-buffer-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).setReceiveBufferSize(
            value >= 0n ? value : BigInt.asUintN(64, value),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.send-buffer-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).sendBufferSize();
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.set-send-buffer-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).setSendBufferSize(
            value >= 0n ? value : BigInt.asUintN(64, value),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]udp-socket.subscribe",
    (s: Calling) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (self: number) => {
        try {
          const value = (table.find(self, wasi.udpSocket, where) as wit.UdpSocket).subscribe();
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]incoming-datagram-stream.receive",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, maxResults: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (
            table.find(self, wasi.incomingDatagramStream, where) as wit.IncomingDatagramStream
          ).receive(maxResults >= 0n ? maxResults : BigInt.asUintN(64, maxResults));
          if (value.length === 0) s.notYet();

          storeIncomingDatagramList(s, into + 4, value);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]incoming-datagram-stream.subscribe",
    (s: Calling) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (self: number) => {
        try {
          const value = (
            table.find(self, wasi.incomingDatagramStream, where) as wit.IncomingDatagramStream
          ).subscribe();
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]outgoing-datagram-stream.check-send",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (
            table.find(self, wasi.outgoingDatagramStream, where) as wit.OutgoingDatagramStream
          ).checkSend();
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]outgoing-datagram-stream.send",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, datagrams0: number, datagrams1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const datagrams0At = datagrams0 >>> 0;
          const datagrams0Count = datagrams1 >>> 0;
          memory.claimList(datagrams0At, datagrams0Count, 44, 4, where);
          const datagrams0Items: wit.OutgoingDatagram[] = [];
          for (let i = 0; i < datagrams0Count; i++)
            datagrams0Items.push({
              data: memory.lend(
                memory.view.getUint32(datagrams0At + i * 44, true),
                memory.view.getUint32(datagrams0At + i * 44 + 4, true),
                where,
              ),
              remoteAddress: isSome(memory.view.getUint8(datagrams0At + i * 44 + 8), where)
                ? loadIpSocketAddress(s, datagrams0At + i * 44 + 8 + 4)
                : undefined,
            });
          const value = (
            table.find(self, wasi.outgoingDatagramStream, where) as wit.OutgoingDatagramStream
          ).send(datagrams0Items);
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp#[method]outgoing-datagram-stream.subscribe",
    (s: Calling) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (self: number) => {
        try {
          const value = (
            table.find(self, wasi.outgoingDatagramStream, where) as wit.OutgoingDatagramStream
          ).subscribe();
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/udp-create-socket#create-udp-socket",
    (s: Calling, face: wit.Faces["wasi:sockets/udp-create-socket"]) => {
      const { memory, table, where } = s;
      const UdpSocketClass = table.classOf(wasi.udpSocket);
      return (addressFamily: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.createUdpSocket(
            namesIpAddressFamily[addressFamily] ?? noCase(addressFamily, 2, where),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            UdpSocketClass === undefined || value instanceof UdpSocketClass
              ? table.add(value, wasi.udpSocket)
              : notA(wasi.udpSocket, value, where),
            true,
          );
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.start-bind",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (
        self: number,
        network: number,
        localAddress0: number,
        localAddress1: number,
        localAddress2: number,
        localAddress3: number,
        localAddress4: number,
        localAddress5: number,
        localAddress6: number,
        localAddress7: number,
        localAddress8: number,
        localAddress9: number,
        localAddress10: number,
        localAddress11: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).startBind(
            table.find(network, wasi.network, where) as wit.Network,
            liftIpSocketAddress(
              s,
              localAddress0,
              localAddress1,
              localAddress2,
              localAddress3,
              localAddress4,
              localAddress5,
              localAddress6,
              localAddress7,
              localAddress8,
              localAddress9,
              localAddress10,
              localAddress11,
            ),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.finish-bind",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).finishBind();
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.start-connect",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (
        self: number,
        network: number,
        remoteAddress0: number,
        remoteAddress1: number,
        remoteAddress2: number,
        remoteAddress3: number,
        remoteAddress4: number,
        remoteAddress5: number,
        remoteAddress6: number,
        remoteAddress7: number,
        remoteAddress8: number,
        remoteAddress9: number,
        remoteAddress10: number,
        remoteAddress11: number,
        result: number,
      ) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).startConnect(
            table.find(network, wasi.network, where) as wit.Network,
            liftIpSocketAddress(
              s,
              remoteAddress0,
              remoteAddress1,
              remoteAddress2,
              remoteAddress3,
              remoteAddress4,
              remoteAddress5,
              remoteAddress6,
              remoteAddress7,
              remoteAddress8,
              remoteAddress9,
              remoteAddress10,
              remoteAddress11,
            ),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.finish-connect",
    (s: Calling) => {
      const { memory, table, where } = s;
      const InputStreamClass = table.classOf(wasi.inputStream);
      const OutputStreamClass = table.classOf(wasi.outputStream);
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).finishConnect();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            InputStreamClass === undefined || value[0] instanceof InputStreamClass
              ? table.add(value[0], wasi.inputStream)
              : notA(wasi.inputStream, value[0], where),
            true,
          );
          memory.view.setUint32(
            into + 8,
            OutputStreamClass === undefined || value[1] instanceof OutputStreamClass
              ? table.add(value[1], wasi.outputStream)
              : notA(wasi.outputStream, value[1], where),
            true,
          );
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.start-listen",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).startListen();
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.finish-listen",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).finishListen();
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.accept",
    (s: Calling) => {
      const { memory, table, where } = s;
      const TcpSocketClass = table.classOf(wasi.tcpSocket);
      const InputStreamClass = table.classOf(wasi.inputStream);
      const OutputStreamClass = table.classOf(wasi.outputStream);
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 4, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).accept();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            TcpSocketClass === undefined || value[0] instanceof TcpSocketClass
              ? table.add(value[0], wasi.tcpSocket)
              : notA(wasi.tcpSocket, value[0], where),
            true,
          );
          memory.view.setUint32(
            into + 8,
            InputStreamClass === undefined || value[1] instanceof InputStreamClass
              ? table.add(value[1], wasi.inputStream)
              : notA(wasi.inputStream, value[1], where),
            true,
          );
          memory.view.setUint32(
            into + 12,
            OutputStreamClass === undefined || value[2] instanceof OutputStreamClass
              ? table.add(value[2], wasi.outputStream)
              : notA(wasi.outputStream, value[2], where),
            true,
          );
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.local-address",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 36, 4, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).localAddress();
          memory.refresh(where);
          memory.bytes[into] = 0;
          storeIpSocketAddress(s, into + 4, value);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.remote-address",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 36, 4, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).remoteAddress();
          memory.refresh(where);
          memory.bytes[into] = 0;
          storeIpSocketAddress(s, into + 4, value);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.is-listening",
    (s: Calling) => {
      const { table, where } = s;
      return (self: number) => {
        try {
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).isListening();
          if (!value) s.notYet();
          return value ? 1 : 0;
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.address-family",
    (s: Calling) => {
      const { table, where } = s;
      return (self: number) => {
        try {
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).addressFamily();
          return placeOf(namesIpAddressFamily, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.set-listen-backlog-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).setListenBacklogSize(
            value >= 0n ? value : BigInt.asUintN(64, value),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.keep-alive-enabled",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).keepAliveEnabled();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint8(into + 1, value ? 1 : 0);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.set-keep-alive-enabled",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).setKeepAliveEnabled(value !== 0);
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.keep-alive-idle-time",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).keepAliveIdleTime();
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.set-keep-alive-idle-time",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).setKeepAliveIdleTime(
            value >= 0n ? value : BigInt.asUintN(64, value),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.keep-alive-interval",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).keepAliveInterval();
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.set-keep-alive-interval",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).setKeepAliveInterval(
            value >= 0n ? value : BigInt.asUintN(64, value),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.keep-alive-count",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).keepAliveCount();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(into + 4, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.set-keep-alive-count",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).setKeepAliveCount(value >>> 0);
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.hop-limit",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).hopLimit();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint8(into + 1, value);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.set-hop-limit",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).setHopLimit(value & 0xff);
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.receive-buffer-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).receiveBufferSize();
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.set-receive-buffer-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).setReceiveBufferSize(
            value >= 0n ? value : BigInt.asUintN(64, value),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.send-buffer-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).sendBufferSize();
          if (value === 0n) s.notYet();
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setBigUint64(into + 8, value, true);
        } catch (thrown) {
          failSocketsErrorCode(s, into, 8, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.set-send-buffer-size",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, value: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).setSendBufferSize(
            value >= 0n ? value : BigInt.asUintN(64, value),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.subscribe",
    (s: Calling) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (self: number) => {
        try {
          const value = (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).subscribe();
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp#[method]tcp-socket.shutdown",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, shutdownType: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 2, 1, where);
          (table.find(self, wasi.tcpSocket, where) as wit.TcpSocket).shutdown(
            namesShutdownType[shutdownType] ?? noCase(shutdownType, 3, where),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
        } catch (thrown) {
          failSocketsErrorCode(s, into, 1, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/tcp-create-socket#create-tcp-socket",
    (s: Calling, face: wit.Faces["wasi:sockets/tcp-create-socket"]) => {
      const { memory, table, where } = s;
      const TcpSocketClass = table.classOf(wasi.tcpSocket);
      return (addressFamily: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.createTcpSocket(
            namesIpAddressFamily[addressFamily] ?? noCase(addressFamily, 2, where),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            TcpSocketClass === undefined || value instanceof TcpSocketClass
              ? table.add(value, wasi.tcpSocket)
              : notA(wasi.tcpSocket, value, where),
            true,
          );
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/ip-name-lookup#resolve-addresses",
    (s: Calling, face: wit.Faces["wasi:sockets/ip-name-lookup"]) => {
      const { memory, table, where } = s;
      const ResolveAddressStreamClass = table.classOf(wasi.resolveAddressStream);
      return (network: number, name0: number, name1: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.resolveAddresses(
            table.find(network, wasi.network, where) as wit.Network,
            liftText(s, name0, name1),
          );
          memory.refresh(where);
          memory.bytes[into] = 0;
          memory.view.setUint32(
            into + 4,
            ResolveAddressStreamClass === undefined || value instanceof ResolveAddressStreamClass
              ? table.add(value, wasi.resolveAddressStream)
              : notA(wasi.resolveAddressStream, value, where),
            true,
          );
        } catch (thrown) {
          failSocketsErrorCode(s, into, 4, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address",
    (s: Calling) => {
      const { memory, table, where } = s;
      return (self: number, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 22, 2, where);
          const value = (
            table.find(self, wasi.resolveAddressStream, where) as wit.ResolveAddressStream
          ).resolveNextAddress();
          memory.refresh(where);
          memory.bytes[into] = 0;
          const some = value;
          if (some === undefined || some === null) memory.view.setUint8(into + 2, 0);
          else {
            memory.view.setUint8(into + 2, 1);
            storeIpAddress(s, into + 4, some);
          }
        } catch (thrown) {
          failSocketsErrorCode(s, into, 2, thrown);
        }
      };
    },
  ],
  [
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.subscribe",
    (s: Calling) => {
      const { table, where } = s;
      const PollableClass = table.classOf(wasi.pollable);
      return (self: number) => {
        try {
          const value = (
            table.find(self, wasi.resolveAddressStream, where) as wit.ResolveAddressStream
          ).subscribe();
          return PollableClass === undefined || value instanceof PollableClass
            ? table.add(value, wasi.pollable)
            : notA(wasi.pollable, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:random/random#get-random-bytes",
    (s: Calling, face: wit.Faces["wasi:random/random"]) => {
      const { memory, where } = s;
      return (len: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.getRandomBytes(len >= 0n ? len : BigInt.asUintN(64, len));
          memory.refresh(where);
          storeBytes(s, into, value);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:random/random#get-random-u64",
    (s: Calling, face: wit.Faces["wasi:random/random"]) => {
      return () => {
        try {
          const value = face.getRandomU64();
          return value;
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:random/insecure#get-insecure-random-bytes",
    (s: Calling, face: wit.Faces["wasi:random/insecure"]) => {
      const { memory, where } = s;
      return (len: bigint, result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.getInsecureRandomBytes(len >= 0n ? len : BigInt.asUintN(64, len));
          memory.refresh(where);
          storeBytes(s, into, value);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:random/insecure#get-insecure-random-u64",
    (s: Calling, face: wit.Faces["wasi:random/insecure"]) => {
      return () => {
        try {
          const value = face.getInsecureRandomU64();
          return value;
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:random/insecure-seed#insecure-seed",
    (s: Calling, face: wit.Faces["wasi:random/insecure-seed"]) => {
      const { memory, where } = s;
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 16, 8, where);
          const value = face.insecureSeed();
          memory.refresh(where);
          memory.view.setBigUint64(into, value[0], true);
          memory.view.setBigUint64(into + 8, value[1], true);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/environment#get-environment",
    (s: Calling, face: wit.Faces["wasi:cli/environment"]) => {
      const { memory, where } = s;
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.getEnvironment();
          memory.refresh(where);
          storeStringAndStringList(s, into, value);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/environment#get-arguments",
    (s: Calling, face: wit.Faces["wasi:cli/environment"]) => {
      const { memory, where } = s;
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.getArguments();
          memory.refresh(where);
          storeStringList(s, into, value);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/environment#initial-cwd",
    (s: Calling, face: wit.Faces["wasi:cli/environment"]) => {
      const { memory, where } = s;
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 12, 4, where);
          const value = face.initialCwd();
          memory.refresh(where);
          const some = value;
          if (some === undefined || some === null) memory.view.setUint8(into, 0);
          else {
            memory.view.setUint8(into, 1);
            storeString(s, into + 4, some);
          }
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/exit#exit",
    (s: Calling, face: wit.Faces["wasi:cli/exit"]) => {
      return (status: number) => {
        try {
          face.exit(liftNothingOrNothing(s, status));
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/exit#exit-with-code",
    (s: Calling, face: wit.Faces["wasi:cli/exit"]) => {
      return (statusCode: number) => {
        try {
          face.exitWithCode(statusCode & 0xff);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/stdin#get-stdin",
    (s: Calling, face: wit.Faces["wasi:cli/stdin"]) => {
      const { table, where } = s;
      const InputStreamClass = table.classOf(wasi.inputStream);
      return () => {
        try {
          const value = face.getStdin();
          return InputStreamClass === undefined || value instanceof InputStreamClass
            ? table.add(value, wasi.inputStream)
            : notA(wasi.inputStream, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/stdout#get-stdout",
    (s: Calling, face: wit.Faces["wasi:cli/stdout"]) => {
      const { table, where } = s;
      const OutputStreamClass = table.classOf(wasi.outputStream);
      return () => {
        try {
          const value = face.getStdout();
          return OutputStreamClass === undefined || value instanceof OutputStreamClass
            ? table.add(value, wasi.outputStream)
            : notA(wasi.outputStream, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/stderr#get-stderr",
    (s: Calling, face: wit.Faces["wasi:cli/stderr"]) => {
      const { table, where } = s;
      const OutputStreamClass = table.classOf(wasi.outputStream);
      return () => {
        try {
          const value = face.getStderr();
          return OutputStreamClass === undefined || value instanceof OutputStreamClass
            ? table.add(value, wasi.outputStream)
            : notA(wasi.outputStream, value, where);
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/terminal-stdin#get-terminal-stdin",
    (s: Calling, face: wit.Faces["wasi:cli/terminal-stdin"]) => {
      const { memory, table, where } = s;
      const TerminalInputClass = table.classOf(wasi.terminalInput);
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.getTerminalStdin();
          memory.refresh(where);
          const some = value;
          if (some === undefined || some === null) memory.view.setUint8(into, 0);
          else {
            memory.view.setUint8(into, 1);
            memory.view.setUint32(
              into + 4,
              TerminalInputClass === undefined || some instanceof TerminalInputClass
                ? table.add(some, wasi.terminalInput)
                : notA(wasi.terminalInput, some, where),
              true,
            );
          }
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/terminal-stdout#get-terminal-stdout",
    (s: Calling, face: wit.Faces["wasi:cli/terminal-stdout"]) => {
      const { memory, table, where } = s;
      const TerminalOutputClass = table.classOf(wasi.terminalOutput);
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.getTerminalStdout();
          memory.refresh(where);
          const some = value;
          if (some === undefined || some === null) memory.view.setUint8(into, 0);
          else {
            memory.view.setUint8(into, 1);
            memory.view.setUint32(
              into + 4,
              TerminalOutputClass === undefined || some instanceof TerminalOutputClass
                ? table.add(some, wasi.terminalOutput)
                : notA(wasi.terminalOutput, some, where),
              true,
            );
          }
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
  [
    "wasi:cli/terminal-stderr#get-terminal-stderr",
    (s: Calling, face: wit.Faces["wasi:cli/terminal-stderr"]) => {
      const { memory, table, where } = s;
      const TerminalOutputClass = table.classOf(wasi.terminalOutput);
      return (result: number) => {
        const into = result >>> 0;
        try {
          memory.claim(into, 8, 4, where);
          const value = face.getTerminalStderr();
          memory.refresh(where);
          const some = value;
          if (some === undefined || some === null) memory.view.setUint8(into, 0);
          else {
            memory.view.setUint8(into, 1);
            memory.view.setUint32(
              into + 4,
              TerminalOutputClass === undefined || some instanceof TerminalOutputClass
                ? table.add(some, wasi.terminalOutput)
                : notA(wasi.terminalOutput, some, where),
              true,
            );
          }
        } catch (thrown) {
          throw refused(s, thrown);
        }
      };
    },
  ],
]);
