/**
 * What this JavaScript runtime can do. The one place that asks; everything else reads these constants.
 */
import * as dgram from "node:dgram";
import * as net from "node:net";
import * as os from "node:os";
import { hasJspi, isNode, variable } from "./kind.ts";

export { hasJspi, isNode };

/**
 * The method name under which a resource is dropped: `Symbol.dispose`, which every supported Node has
 * (Node 20 makes its own). jco asks for the same, or for `Symbol.for("dispose")` where there is none.
 */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("dispose");

/** What `net.BoundSocket` looks like where the runtime has it (Node 24.19 and 26). */
export interface BoundSocketLike {
  address(): { address: string; family: string; port: number };
  close(): void;
}

/** The constructor of {@link BoundSocketLike}; throws a system error with `code` when the bind fails. */
export type BoundSocketConstructor = new (options: {
  host: string;
  port: number;
  ipv6Only: boolean;
}) => BoundSocketLike;

/** `net.BoundSocket`: a real bind in public API. */
export const BoundSocket: BoundSocketConstructor | undefined = (
  net as unknown as { BoundSocket?: BoundSocketConstructor }
).BoundSocket;

/**
 * `net._createServerHandle(address, port, addressType, fd, flags)`: binds without listening. Returns a
 * libuv handle, or a negative errno. Present in Node 20 to 26, though not documented.
 */
export const createServerHandle:
  | ((address: string, port: number, addressType: 4 | 6, fd: number, flags: number) => unknown)
  | undefined = (net as unknown as { _createServerHandle?: never })._createServerHandle;

/** The calls of Bun's own that are used: they are over when they return, where its `node:net` and `node:dgram` are not. */
export interface BunLike {
  /** Listens, or throws a system error with `code`. */
  listen(options: {
    readonly hostname: string;
    readonly port: number;
    readonly ipv6Only: boolean;
    readonly socket: { data(): void };
  }): { stop(closesConnections: boolean): void };
  /** Binds a datagram socket, or throws a system error with `code`; the promise is fulfilled already. */
  udpSocket(options: object): Promise<object>;
  /** What a promise is fulfilled with, or the promise itself where it isn't. */
  peek(promise: Promise<object>): object;
}

/** Bun's own calls: it has neither of the two above, and takes a TCP port only by listening on it. */
export const bun: BunLike | undefined = (globalThis as { Bun?: BunLike }).Bun;

/** Whether `socket.setKeepAlive` takes the interval and the count too (Node 24.19 and 26). */
export const keepAliveTakesInterval: boolean = net.Socket.prototype.setKeepAlive.length >= 4;

/** Whether `dgram` can bind and connect synchronously, throwing what went wrong (Node 24.19 and 26). */
export const hasSyncDatagrams: boolean =
  "bindSync" in dgram.Socket.prototype && "connectSync" in dgram.Socket.prototype;

/** What libuv's UDP handle offers that `dgram` does not. */
export interface UdpHandle {
  /** Connects; 0 or a negative errno. */
  connect(address: string, port: number): number;
  /** Ends the connection; 0 or a negative errno. */
  disconnect(): number;
  readonly fd: number;
}

/** What `dgram` keeps of a socket. */
export interface DatagramState {
  handle?: (UdpHandle & { socket?: object | undefined; drain?(): void }) | null;
  bindState?: number;
  connectState?: number;
  receiving?: boolean;
}

/**
 * The state of a datagram socket. Node keeps it behind a symbol, and Bun as Node does; where that cannot be found the
 * answer is `undefined`, and what depends on it does without.
 */
export function datagramState(socket: dgram.Socket): DatagramState | undefined {
  const key = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === "state symbol");
  return key === undefined
    ? undefined
    : (socket as unknown as Record<symbol, DatagramState | undefined>)[key];
}

/** The handle of a datagram socket, where it can be found. */
export function udpHandle(socket: dgram.Socket): UdpHandle | undefined {
  return datagramState(socket)?.handle ?? undefined;
}

/**
 * Whether all promise reactions that an I/O callback set off run before libuv calls back again, and those
 * that `process.nextTick` adds after them. Node promises so; Bun and Deno have loops of their own.
 */
export const runsMicrotasksBetweenReads: boolean = isNode;

/** Whether the handle of a socket tells its descriptor: Node's and Bun's do where the platform has such. */
export const hasDescriptors: boolean = isNode || bun !== undefined;

/** Whether that is one that files are written by, too: not on Windows, nor where a runtime numbers what it has itself. */
export const writesToDescriptors: boolean = isNode && os.platform() !== "win32";

/** What Node makes its own sockets of: handles, what is asked of them, and the numbers that these are answered by. */
export interface HandleParts {
  readonly TCP: new (type: 0) => object;
  readonly TCPConnectWrap: new () => object;
  readonly ShutdownWrap: new () => object;
  readonly WriteWrap: new () => object;
  readonly streamBaseState: ArrayLike<number>;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
}

/**
 * These parts of Node 20 to 26. They are had by what is deprecated, which is told only where that was asked for, and denied
 * under `--permission`: then, and on Windows, where it was never tried, connections are on `node:net`.
 */
export const handleParts: HandleParts | undefined = findHandleParts();

function findHandleParts(): HandleParts | undefined {
  const { binding } = process as { binding?: (name: string) => object };
  const isTold =
    variable("NODE_PENDING_DEPRECATION") === "1" ||
    `${process.execArgv} ${variable("NODE_OPTIONS")}`.includes("--pending-deprecation");
  if (!writesToDescriptors || binding === undefined || isTold) return undefined;
  try {
    const parts = { ...binding("stream_wrap"), ...binding("tcp_wrap") } as Partial<HandleParts>;
    const { TCP, TCPConnectWrap, ShutdownWrap, WriteWrap, streamBaseState } = parts;
    const isThere = [TCP, TCPConnectWrap, ShutdownWrap, WriteWrap].every(
      (part) => typeof part === "function",
    );
    const indexes = [parts.kReadBytesOrError, parts.kLastWriteWasAsync];
    return isThere && indexes.every((index) => typeof streamBaseState?.[index ?? -1] === "number")
      ? (parts as HandleParts)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a listening handle is libuv's, as Node has it on systems with descriptors; elsewhere it is made up. */
export const canPauseAccepting: boolean = runsMicrotasksBetweenReads && os.platform() !== "win32";

/** Whether each connection can be read by `onread` of `node:net`: those that Bun's servers give can't. */
export const readsIntoMemory: boolean = bun === undefined;

/** Whether a socket that ends still tells its address: Bun's don't. */
export const keepsAddresses: boolean = bun === undefined;

/** Whether the connections of a listener have its TCP_NODELAY (Linux), and its handle sets it. */
export const inheritsNoDelay: boolean = isNode && os.platform() === "linux";

/** Whether a datagram socket that is closed has given its port back when `close` returns. */
export const closesDatagramsAtOnce: boolean = isNode || bun !== undefined;

/** Whether the buffer sizes of a datagram socket are the kernel's: Deno only keeps what was set. */
export const datagramBuffersReachKernel: boolean = !("Deno" in globalThis);

/** Whether recvmmsg(2) is there, with the layout that `host/network/node/datagram-batch.ts` has for it; Bun calls it itself. */
export const takesDatagramsTogether: boolean =
  isNode && os.platform() === "linux" && ["x64", "arm64"].includes(os.arch());

/** Whether the platform is Windows, where zone ids in addresses are numbers and errors differ. */
export const isWindows: boolean = os.platform() === "win32";

/** Whether a datagram socket that takes its peer away loses a port that the kernel chose (Linux). */
export const disconnectLosesChosenPort: boolean = os.platform() === "linux";

/** Whether the kernel counts its own overhead in socket buffer sizes and reports twice what was asked. */
export const bufferSizesAreDoubled: boolean = os.platform() === "linux";
