// Made by tools/generate.mjs; do not edit.
/**
 * What the faces of WASI 0.2.12 are, from its WIT: objects with functions and classes, in the shape that jco maps
 * imports to. The error of a result is thrown.
 */

/** What is answered at once, or after a wait. */
export type Later<T> = T | Promise<T>;

/** A class of a resource's objects. */
export type Class<T> = abstract new (...args: never[]) => T;

export interface Pollable extends Disposable {
  ready(): boolean;
  block(): Later<void>;
}

export type Instant = bigint;

export type Duration = bigint;

export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

export interface IoError extends Disposable {
  toDebugString(): string;
}

export type StreamError =
  | { readonly tag: "last-operation-failed"; readonly val: IoError }
  | { readonly tag: "closed"; readonly val?: undefined };

export interface InputStream extends Disposable {
  /** Throws {@link StreamError}. */
  read(len: bigint): Uint8Array;
  /** Throws {@link StreamError}. */
  blockingRead(len: bigint): Later<Uint8Array>;
  /** Throws {@link StreamError}. */
  skip(len: bigint): bigint;
  /** Throws {@link StreamError}. */
  blockingSkip(len: bigint): Later<bigint>;
  subscribe(): Pollable;
}

export interface OutputStream extends Disposable {
  /** Throws {@link StreamError}. */
  checkWrite(): bigint;
  /** Throws {@link StreamError}. */
  write(contents: Uint8Array): void;
  /** Throws {@link StreamError}. */
  blockingWriteAndFlush(contents: Uint8Array): Later<void>;
  /** Throws {@link StreamError}. */
  flush(): void;
  /** Throws {@link StreamError}. */
  blockingFlush(): Later<void>;
  subscribe(): Pollable;
  /** Throws {@link StreamError}. */
  writeZeroes(len: bigint): void;
  /** Throws {@link StreamError}. */
  blockingWriteZeroesAndFlush(len: bigint): Later<void>;
  /** Throws {@link StreamError}. */
  splice(src: InputStream, len: bigint): bigint;
  /** Throws {@link StreamError}. */
  blockingSplice(src: InputStream, len: bigint): Later<bigint>;
}

export type Filesize = bigint;

export type DescriptorType =
  | "unknown"
  | "block-device"
  | "character-device"
  | "directory"
  | "fifo"
  | "symbolic-link"
  | "regular-file"
  | "socket";

export interface DescriptorFlags {
  readonly read?: boolean | undefined;
  readonly write?: boolean | undefined;
  readonly fileIntegritySync?: boolean | undefined;
  readonly dataIntegritySync?: boolean | undefined;
  readonly requestedWriteSync?: boolean | undefined;
  readonly mutateDirectory?: boolean | undefined;
}

export interface DescriptorStat {
  readonly type: DescriptorType;
  readonly linkCount: LinkCount;
  readonly size: Filesize;
  readonly dataAccessTimestamp: Datetime | undefined;
  readonly dataModificationTimestamp: Datetime | undefined;
  readonly statusChangeTimestamp: Datetime | undefined;
}

export interface PathFlags {
  readonly symlinkFollow?: boolean | undefined;
}

export interface OpenFlags {
  readonly create?: boolean | undefined;
  readonly directory?: boolean | undefined;
  readonly exclusive?: boolean | undefined;
  readonly truncate?: boolean | undefined;
}

export type LinkCount = bigint;

export type NewTimestamp =
  | { readonly tag: "no-change"; readonly val?: undefined }
  | { readonly tag: "now"; readonly val?: undefined }
  | { readonly tag: "timestamp"; readonly val: Datetime };

export interface DirectoryEntry {
  readonly type: DescriptorType;
  readonly name: string;
}

export type FilesystemErrorCode =
  | "access"
  | "would-block"
  | "already"
  | "bad-descriptor"
  | "busy"
  | "deadlock"
  | "quota"
  | "exist"
  | "file-too-large"
  | "illegal-byte-sequence"
  | "in-progress"
  | "interrupted"
  | "invalid"
  | "io"
  | "is-directory"
  | "loop"
  | "too-many-links"
  | "message-size"
  | "name-too-long"
  | "no-device"
  | "no-entry"
  | "no-lock"
  | "insufficient-memory"
  | "insufficient-space"
  | "not-directory"
  | "not-empty"
  | "not-recoverable"
  | "unsupported"
  | "no-tty"
  | "no-such-device"
  | "overflow"
  | "not-permitted"
  | "pipe"
  | "read-only"
  | "invalid-seek"
  | "text-file-busy"
  | "cross-device";

export type Advice = "normal" | "sequential" | "random" | "will-need" | "dont-need" | "no-reuse";

export interface MetadataHashValue {
  readonly lower: bigint;
  readonly upper: bigint;
}

export interface Descriptor extends Disposable {
  /** Throws {@link FilesystemErrorCode}. */
  readViaStream(offset: Filesize): InputStream;
  /** Throws {@link FilesystemErrorCode}. */
  writeViaStream(offset: Filesize): OutputStream;
  /** Throws {@link FilesystemErrorCode}. */
  appendViaStream(): OutputStream;
  /** Throws {@link FilesystemErrorCode}. */
  advise(offset: Filesize, length: Filesize, advice: Advice): void;
  /** Throws {@link FilesystemErrorCode}. */
  syncData(): void;
  /** Throws {@link FilesystemErrorCode}. */
  getFlags(): DescriptorFlags;
  /** Throws {@link FilesystemErrorCode}. */
  getType(): DescriptorType;
  /** Throws {@link FilesystemErrorCode}. */
  setSize(size: Filesize): void;
  /** Throws {@link FilesystemErrorCode}. */
  setTimes(dataAccessTimestamp: NewTimestamp, dataModificationTimestamp: NewTimestamp): void;
  /** Throws {@link FilesystemErrorCode}. */
  read(length: Filesize, offset: Filesize): readonly [Uint8Array, boolean];
  /** Throws {@link FilesystemErrorCode}. */
  write(buffer: Uint8Array, offset: Filesize): Filesize;
  /** Throws {@link FilesystemErrorCode}. */
  readDirectory(): DirectoryEntryStream;
  /** Throws {@link FilesystemErrorCode}. */
  sync(): void;
  /** Throws {@link FilesystemErrorCode}. */
  createDirectoryAt(path: string): void;
  /** Throws {@link FilesystemErrorCode}. */
  stat(): DescriptorStat;
  /** Throws {@link FilesystemErrorCode}. */
  statAt(pathFlags: PathFlags, path: string): DescriptorStat;
  /** Throws {@link FilesystemErrorCode}. */
  setTimesAt(
    pathFlags: PathFlags,
    path: string,
    dataAccessTimestamp: NewTimestamp,
    dataModificationTimestamp: NewTimestamp,
  ): void;
  /** Throws {@link FilesystemErrorCode}. */
  linkAt(oldPathFlags: PathFlags, oldPath: string, newDescriptor: Descriptor, newPath: string): void;
  /** Throws {@link FilesystemErrorCode}. */
  openAt(pathFlags: PathFlags, path: string, openFlags: OpenFlags, flags: DescriptorFlags): Descriptor;
  /** Throws {@link FilesystemErrorCode}. */
  readlinkAt(path: string): string;
  /** Throws {@link FilesystemErrorCode}. */
  removeDirectoryAt(path: string): void;
  /** Throws {@link FilesystemErrorCode}. */
  renameAt(oldPath: string, newDescriptor: Descriptor, newPath: string): void;
  /** Throws {@link FilesystemErrorCode}. */
  symlinkAt(oldPath: string, newPath: string): void;
  /** Throws {@link FilesystemErrorCode}. */
  unlinkFileAt(path: string): void;
  isSameObject(other: Descriptor): boolean;
  /** Throws {@link FilesystemErrorCode}. */
  metadataHash(): MetadataHashValue;
  /** Throws {@link FilesystemErrorCode}. */
  metadataHashAt(pathFlags: PathFlags, path: string): MetadataHashValue;
}

export interface DirectoryEntryStream extends Disposable {
  /** Throws {@link FilesystemErrorCode}. */
  readDirectoryEntry(): DirectoryEntry | undefined;
}

export interface Network extends Disposable {}

export type SocketsErrorCode =
  | "unknown"
  | "access-denied"
  | "not-supported"
  | "invalid-argument"
  | "out-of-memory"
  | "timeout"
  | "concurrency-conflict"
  | "not-in-progress"
  | "would-block"
  | "invalid-state"
  | "new-socket-limit"
  | "address-not-bindable"
  | "address-in-use"
  | "remote-unreachable"
  | "connection-refused"
  | "connection-reset"
  | "connection-aborted"
  | "datagram-too-large"
  | "name-unresolvable"
  | "temporary-resolver-failure"
  | "permanent-resolver-failure";

export type IpAddressFamily = "ipv4" | "ipv6";

export type Ipv4Address = readonly [number, number, number, number];

export type Ipv6Address = readonly [number, number, number, number, number, number, number, number];

export type IpAddress =
  | { readonly tag: "ipv4"; readonly val: Ipv4Address }
  | { readonly tag: "ipv6"; readonly val: Ipv6Address };

export interface Ipv4SocketAddress {
  readonly port: number;
  readonly address: Ipv4Address;
}

export interface Ipv6SocketAddress {
  readonly port: number;
  readonly flowInfo: number;
  readonly address: Ipv6Address;
  readonly scopeId: number;
}

export type IpSocketAddress =
  | { readonly tag: "ipv4"; readonly val: Ipv4SocketAddress }
  | { readonly tag: "ipv6"; readonly val: Ipv6SocketAddress };

export interface IncomingDatagram {
  readonly data: Uint8Array;
  readonly remoteAddress: IpSocketAddress;
}

export interface OutgoingDatagram {
  readonly data: Uint8Array;
  readonly remoteAddress: IpSocketAddress | undefined;
}

export interface UdpSocket extends Disposable {
  /** Throws {@link SocketsErrorCode}. */
  startBind(network: Network, localAddress: IpSocketAddress): void;
  /** Throws {@link SocketsErrorCode}. */
  finishBind(): void;
  /** Throws {@link SocketsErrorCode}. */
  stream(
    remoteAddress: IpSocketAddress | undefined,
  ): readonly [IncomingDatagramStream, OutgoingDatagramStream];
  /** Throws {@link SocketsErrorCode}. */
  localAddress(): IpSocketAddress;
  /** Throws {@link SocketsErrorCode}. */
  remoteAddress(): IpSocketAddress;
  addressFamily(): IpAddressFamily;
  /** Throws {@link SocketsErrorCode}. */
  unicastHopLimit(): number;
  /** Throws {@link SocketsErrorCode}. */
  setUnicastHopLimit(value: number): void;
  /** Throws {@link SocketsErrorCode}. */
  receiveBufferSize(): bigint;
  /** Throws {@link SocketsErrorCode}. */
  setReceiveBufferSize(value: bigint): void;
  /** Throws {@link SocketsErrorCode}. */
  sendBufferSize(): bigint;
  /** Throws {@link SocketsErrorCode}. */
  setSendBufferSize(value: bigint): void;
  subscribe(): Pollable;
}

export interface IncomingDatagramStream extends Disposable {
  /** Throws {@link SocketsErrorCode}. */
  receive(maxResults: bigint): readonly IncomingDatagram[];
  subscribe(): Pollable;
}

export interface OutgoingDatagramStream extends Disposable {
  /** Throws {@link SocketsErrorCode}. */
  checkSend(): bigint;
  /** Throws {@link SocketsErrorCode}. */
  send(datagrams: readonly OutgoingDatagram[]): bigint;
  subscribe(): Pollable;
}

export type ShutdownType = "receive" | "send" | "both";

export interface TcpSocket extends Disposable {
  /** Throws {@link SocketsErrorCode}. */
  startBind(network: Network, localAddress: IpSocketAddress): void;
  /** Throws {@link SocketsErrorCode}. */
  finishBind(): void;
  /** Throws {@link SocketsErrorCode}. */
  startConnect(network: Network, remoteAddress: IpSocketAddress): void;
  /** Throws {@link SocketsErrorCode}. */
  finishConnect(): readonly [InputStream, OutputStream];
  /** Throws {@link SocketsErrorCode}. */
  startListen(): void;
  /** Throws {@link SocketsErrorCode}. */
  finishListen(): void;
  /** Throws {@link SocketsErrorCode}. */
  accept(): readonly [TcpSocket, InputStream, OutputStream];
  /** Throws {@link SocketsErrorCode}. */
  localAddress(): IpSocketAddress;
  /** Throws {@link SocketsErrorCode}. */
  remoteAddress(): IpSocketAddress;
  isListening(): boolean;
  addressFamily(): IpAddressFamily;
  /** Throws {@link SocketsErrorCode}. */
  setListenBacklogSize(value: bigint): void;
  /** Throws {@link SocketsErrorCode}. */
  keepAliveEnabled(): boolean;
  /** Throws {@link SocketsErrorCode}. */
  setKeepAliveEnabled(value: boolean): void;
  /** Throws {@link SocketsErrorCode}. */
  keepAliveIdleTime(): Duration;
  /** Throws {@link SocketsErrorCode}. */
  setKeepAliveIdleTime(value: Duration): void;
  /** Throws {@link SocketsErrorCode}. */
  keepAliveInterval(): Duration;
  /** Throws {@link SocketsErrorCode}. */
  setKeepAliveInterval(value: Duration): void;
  /** Throws {@link SocketsErrorCode}. */
  keepAliveCount(): number;
  /** Throws {@link SocketsErrorCode}. */
  setKeepAliveCount(value: number): void;
  /** Throws {@link SocketsErrorCode}. */
  hopLimit(): number;
  /** Throws {@link SocketsErrorCode}. */
  setHopLimit(value: number): void;
  /** Throws {@link SocketsErrorCode}. */
  receiveBufferSize(): bigint;
  /** Throws {@link SocketsErrorCode}. */
  setReceiveBufferSize(value: bigint): void;
  /** Throws {@link SocketsErrorCode}. */
  sendBufferSize(): bigint;
  /** Throws {@link SocketsErrorCode}. */
  setSendBufferSize(value: bigint): void;
  subscribe(): Pollable;
  /** Throws {@link SocketsErrorCode}. */
  shutdown(shutdownType: ShutdownType): void;
}

export interface ResolveAddressStream extends Disposable {
  /** Throws {@link SocketsErrorCode}. */
  resolveNextAddress(): IpAddress | undefined;
  subscribe(): Pollable;
}

export interface TerminalInput extends Disposable {}

export interface TerminalOutput extends Disposable {}

/** The faces by the names of their interfaces. */
export interface Faces {
  readonly "wasi:io/poll": {
    readonly Pollable: Class<Pollable>;
    poll(in_: readonly Pollable[]): Later<Uint32Array>;
  };
  readonly "wasi:clocks/monotonic-clock": {
    now(): Instant;
    resolution(): Duration;
    subscribeInstant(when: Instant): Pollable;
    subscribeDuration(when: Duration): Pollable;
  };
  readonly "wasi:clocks/wall-clock": { now(): Datetime; resolution(): Datetime };
  readonly "wasi:io/error": { readonly Error: Class<IoError> };
  readonly "wasi:io/streams": {
    readonly InputStream: Class<InputStream>;
    readonly OutputStream: Class<OutputStream>;
  };
  readonly "wasi:filesystem/types": {
    readonly Descriptor: Class<Descriptor>;
    readonly DirectoryEntryStream: Class<DirectoryEntryStream>;
    filesystemErrorCode(err: IoError): FilesystemErrorCode | undefined;
  };
  readonly "wasi:filesystem/preopens": { getDirectories(): readonly (readonly [Descriptor, string])[] };
  readonly "wasi:sockets/network": {
    readonly Network: Class<Network>;
    networkErrorCode(err: IoError): SocketsErrorCode | undefined;
  };
  readonly "wasi:sockets/instance-network": { instanceNetwork(): Network };
  readonly "wasi:sockets/udp": {
    readonly UdpSocket: Class<UdpSocket>;
    readonly IncomingDatagramStream: Class<IncomingDatagramStream>;
    readonly OutgoingDatagramStream: Class<OutgoingDatagramStream>;
  };
  readonly "wasi:sockets/udp-create-socket": {
    /** Throws {@link SocketsErrorCode}. */ createUdpSocket(addressFamily: IpAddressFamily): UdpSocket;
  };
  readonly "wasi:sockets/tcp": { readonly TcpSocket: Class<TcpSocket> };
  readonly "wasi:sockets/tcp-create-socket": {
    /** Throws {@link SocketsErrorCode}. */ createTcpSocket(addressFamily: IpAddressFamily): TcpSocket;
  };
  readonly "wasi:sockets/ip-name-lookup": {
    readonly ResolveAddressStream: Class<ResolveAddressStream>;
    /** Throws {@link SocketsErrorCode}. */
    resolveAddresses(network: Network, name: string): ResolveAddressStream;
  };
  readonly "wasi:random/random": { getRandomBytes(len: bigint): Uint8Array; getRandomU64(): bigint };
  readonly "wasi:random/insecure": {
    getInsecureRandomBytes(len: bigint): Uint8Array;
    getInsecureRandomU64(): bigint;
  };
  readonly "wasi:random/insecure-seed": { insecureSeed(): readonly [bigint, bigint] };
  readonly "wasi:cli/environment": {
    getEnvironment(): readonly (readonly [string, string])[];
    getArguments(): readonly string[];
    initialCwd(): string | undefined;
  };
  readonly "wasi:cli/exit": {
    exit(
      status:
        | { readonly tag: "ok"; readonly val?: undefined }
        | { readonly tag: "err"; readonly val?: undefined },
    ): void;
    exitWithCode(statusCode: number): void;
  };
  readonly "wasi:cli/stdin": { getStdin(): InputStream };
  readonly "wasi:cli/stdout": { getStdout(): OutputStream };
  readonly "wasi:cli/stderr": { getStderr(): OutputStream };
  readonly "wasi:cli/terminal-input": { readonly TerminalInput: Class<TerminalInput> };
  readonly "wasi:cli/terminal-output": { readonly TerminalOutput: Class<TerminalOutput> };
  readonly "wasi:cli/terminal-stdin": { getTerminalStdin(): TerminalInput | undefined };
  readonly "wasi:cli/terminal-stdout": { getTerminalStdout(): TerminalOutput | undefined };
  readonly "wasi:cli/terminal-stderr": { getTerminalStderr(): TerminalOutput | undefined };
}
