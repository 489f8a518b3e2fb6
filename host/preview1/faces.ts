/**
 * The part of WASI 0.2 that preview 1 is made of. Whoever serves it decides how to wait: where a call returns a promise
 * the guest is suspended meanwhile, and on a thread of its own the call blocks.
 */
import type { IpAddressFamily, IpSocketAddress } from "../network/address.ts";

/** `wasi:io/poll.pollable`. */
export interface Pollable {
  block(): void | Promise<void>;
  [Symbol.dispose](): void;
}

/** `wasi:io/streams.input-stream`. */
export interface InputStream {
  read(length: bigint): Uint8Array;
  subscribe(): Pollable;
  [Symbol.dispose](): void;
}

/** `wasi:io/streams.output-stream`. */
export interface OutputStream {
  checkWrite(): bigint;
  write(contents: Uint8Array): void;
  subscribe(): Pollable;
  [Symbol.dispose](): void;
}

/** `wasi:io/streams.stream-error`, as it is thrown. */
export interface StreamError {
  readonly tag: "closed" | "last-operation-failed";
  readonly val?: Disposable;
}

/** `wasi:sockets/tcp.tcp-socket`. */
export interface TcpSocket {
  startBind(network: Disposable, address: IpSocketAddress): void;
  finishBind(): void;
  setListenBacklogSize(value: bigint): void;
  startListen(): void;
  finishListen(): void;
  accept(): [TcpSocket, InputStream, OutputStream];
  localAddress(): IpSocketAddress;
  subscribe(): Pollable;
  shutdown(how: "receive" | "send" | "both"): void;
  [Symbol.dispose](): void;
}

/** `wasi:clocks/wall-clock.datetime`. */
export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

/** `wasi:filesystem/types.new-timestamp`. */
export type NewTimestamp =
  | { readonly tag: "no-change" | "now" }
  | { readonly tag: "timestamp"; readonly val: Datetime };

/** `wasi:filesystem/types.descriptor-stat`. */
export interface Stat {
  readonly type: string;
  readonly linkCount: bigint;
  readonly size: bigint;
  readonly dataAccessTimestamp?: Datetime | undefined;
  readonly dataModificationTimestamp?: Datetime | undefined;
  readonly statusChangeTimestamp?: Datetime | undefined;
}

/** Flags by their names. */
export type Flags = Readonly<Record<string, boolean | undefined>>;

/** `wasi:filesystem/types.metadata-hash-value`. */
export interface MetadataHash {
  readonly lower: bigint;
  readonly upper: bigint;
}

/** `wasi:filesystem/types.directory-entry-stream`. */
export interface EntryStream {
  readDirectoryEntry(): { readonly type: string; readonly name: string } | undefined;
  [Symbol.dispose](): void;
}

/** `wasi:filesystem/types.descriptor`. Its methods throw `wasi:filesystem/types.error-code`. */
export interface Descriptor {
  advise(offset: bigint, length: bigint, advice: string): void;
  syncData(): void;
  sync(): void;
  getFlags(): Flags;
  getType(): string;
  setSize(size: bigint): void;
  setTimes(access: NewTimestamp, modification: NewTimestamp): void;
  read(length: bigint, offset: bigint): [bytes: Uint8Array, isEnd: boolean];
  write(bytes: Uint8Array, offset: bigint): bigint;
  readDirectory(): EntryStream;
  createDirectoryAt(path: string): void;
  stat(): Stat;
  statAt(pathFlags: Flags, path: string): Stat;
  setTimesAt(pathFlags: Flags, path: string, access: NewTimestamp, modification: NewTimestamp): void;
  linkAt(pathFlags: Flags, path: string, to: Descriptor, newPath: string): void;
  openAt(pathFlags: Flags, path: string, openFlags: Flags, flags: Flags): Descriptor;
  readlinkAt(path: string): string;
  removeDirectoryAt(path: string): void;
  renameAt(path: string, to: Descriptor, newPath: string): void;
  symlinkAt(target: string, path: string): void;
  unlinkFileAt(path: string): void;
  metadataHash(): MetadataHash;
  metadataHashAt(pathFlags: Flags, path: string): MetadataHash;
  [Symbol.dispose](): void;
}

/** What is asked of a host, by interface name. Files and sockets only where there are any. */
export interface Faces {
  readonly "wasi:io/poll": { poll(list: Pollable[]): Uint32Array | Promise<Uint32Array> };
  readonly "wasi:clocks/monotonic-clock": {
    now(): bigint;
    resolution(): bigint;
    subscribeInstant(when: bigint): Pollable;
    subscribeDuration(duration: bigint): Pollable;
  };
  readonly "wasi:clocks/wall-clock": { now(): Datetime; resolution(): Datetime };
  readonly "wasi:random/random": { getRandomBytes(length: bigint): Uint8Array };
  readonly "wasi:cli/environment": {
    getEnvironment(): readonly (readonly [name: string, value: string])[];
    getArguments(): readonly string[];
  };
  readonly "wasi:cli/stdin": { getStdin(): InputStream };
  readonly "wasi:cli/stdout": { getStdout(): OutputStream };
  readonly "wasi:cli/stderr": { getStderr(): OutputStream };
  readonly "wasi:cli/terminal-stdin": { getTerminalStdin(): Disposable | undefined };
  readonly "wasi:cli/terminal-stdout": { getTerminalStdout(): Disposable | undefined };
  readonly "wasi:cli/terminal-stderr": { getTerminalStderr(): Disposable | undefined };
  readonly "wasi:sockets/network": { networkErrorCode(error: Disposable): string | undefined };
  readonly "wasi:sockets/instance-network": { instanceNetwork(): Disposable };
  readonly "wasi:sockets/tcp-create-socket": { createTcpSocket(family: IpAddressFamily): TcpSocket };
  readonly "wasi:filesystem/types"?: { filesystemErrorCode(error: Disposable): string | undefined };
  readonly "wasi:filesystem/preopens"?: { getDirectories(): [descriptor: Descriptor, name: string][] };
}
