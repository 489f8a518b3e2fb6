/**
 * The socket core: a WebAssembly module whose imports are this package's own WASI host.
 *
 * `Core` is the whole boundary between JavaScript and the core; `assembly/faces/binding.ts` is its other side.
 */

import { allowAll, createHost, type Host, type HostOptions } from "../host/index.ts";
import type { Pollable } from "../host/io/poll.ts";
import { isMadeUp } from "../host/io/time.ts";
import { type Bypass, type Lowered, lower } from "../host/lowered/index.ts";
import type { Network } from "../host/network/network.ts";
import { systemAddresses } from "../host/network/node/system-names.ts";
import { isBrowser, NO_NETWORK, variable } from "../host/runtime/kind.ts";
import { wasm } from "../host/runtime/webassembly.ts";
import type { TcpSocket } from "../host/wasi02/tcp.ts";
import type { UdpSocket } from "../host/wasi02/udp.ts";
import { coreFile } from "./core-file.ts";
import { hostOptionImports } from "./host-options.ts";

/** A socket or an operation of the core; only valid until it is closed or ended. */
export type CoreObject = number & { readonly core?: unique symbol };

/** The core's exports. Numbers are i32 unless said otherwise; texts and bytes go through the window. */
export interface Core {
  readonly memory: { readonly buffer: ArrayBuffer };
  mailbox(): number;
  wokenFlag(): number;
  scratch(): number;
  addressArea(): number;
  messageArea(): number;

  socketNew(family: number, type: number, protocol: number): CoreObject;
  socketClose(socket: CoreObject): void;
  socketHandle(socket: CoreObject): number;
  socketGetOption(socket: CoreObject, level: number, name: number): number;
  socketSetOption(socket: CoreObject, level: number, name: number, value: number): number;
  pairNew(family: number, type: number, protocol: number): CoreObject;
  pairPeer(socket: CoreObject): CoreObject;
  socketFamily(socket: CoreObject): number;
  socketShutdown(socket: CoreObject, how: number): number;
  socketName(socket: CoreObject, peer: number): number;
  sendNow(socket: CoreObject, length: number, addressLength: number): number;
  acceptNow(socket: CoreObject): CoreObject;
  receiveNow(socket: CoreObject, length: number, wantsSender: number): number;
  receiveManyNow(socket: CoreObject, most: number, wantsBytes: number): number;

  startBind(socket: CoreObject, addressLength: number): CoreObject;
  startListen(socket: CoreObject, backlog: number): CoreObject;
  startAccept(socket: CoreObject, seconds: number): CoreObject;
  startConnect(socket: CoreObject, addressLength: number, seconds: number): CoreObject;
  startSend(
    socket: CoreObject,
    total: number,
    flags: number,
    addressLength: number,
    seconds: number,
  ): CoreObject;
  startReceive(
    socket: CoreObject,
    total: number,
    flags: number,
    wantsSender: number,
    seconds: number,
  ): CoreObject;
  startReceiveMany(socket: CoreObject, most: number, wantsBytes: number, seconds: number): CoreObject;
  startResolve(
    host: number,
    service: number,
    family: number,
    type: number,
    protocol: number,
    flags: number,
  ): CoreObject;
  startOpen(host: number, service: number, seconds: number): CoreObject;
  startListener(
    family: number,
    type: number,
    protocol: number,
    addressLength: number,
    backlog: number,
  ): CoreObject;

  step(operation: CoreObject, window: number): number;
  endOperation(operation: CoreObject): void;
  takeWoken(): CoreObject;

  sender(operation: CoreObject): number;
  accepted(operation: CoreObject): CoreObject;
  opened(operation: CoreObject): CoreObject;
  openPhase(operation: CoreObject): number;
  listener(operation: CoreObject): CoreObject;
  listenerPhase(operation: CoreObject): number;
  stepResolve(operation: CoreObject): number;
  answerResolve(operation: CoreObject, count: number, error: number): number;

  sockaddrName(addressLength: number): number;
  sockaddrParse(length: number, port: number): number;
  errorName(errno: number): number;
  errorMessage(errno: number): number;

  openSockets(): number;
  openOperations(): number;
  collect(): void;
}

/** `step`: the operation waits. */
export const PENDING: number = -(2 ** 31);
/** `step`: the operation's time ran out. */
export const TIMED_OUT: number = -(2 ** 31) + 1;
/** `step`: the window is used up, the operation wants the next one. */
export const MORE: number = -(2 ** 31) + 2;

/** Error numbers that the library itself speaks of. */
export const EBADF = 9;
export const EAGAIN = 11;
export const EINVAL = 22;
export const EPIPE = 32;
export const ECONNABORTED = 103;
export const ENOTCONN = 107;
export const ETIMEDOUT = 110;

/** The size of the window, in bytes. */
export const WINDOW_SIZE = 65536;
/** The room for an address, in bytes: a `sockaddr_in6`. */
export const ADDRESS_SIZE = 28;

/** How many datagrams are received together at most. */
export const MOST_MESSAGES = 64;
/** A datagram in the core's memory, in 32-bit words: a sockaddr, its length, where the bytes are, and how many. */
export const MESSAGE_WORDS: number = ADDRESS_SIZE / 4 + 3;

/** A host of the library: the process' own, or one on another network. */
export interface LibraryHost {
  readonly host: Host;
  /** How many results were given without a turn of the event loop, since the last one. */
  immediate: number;
  /**
   * Where time is made up, its sockets that are not closed: the collector is to close none, as no seed says when it comes.
   * `undefined` elsewhere.
   */
  readonly open: Set<Closable> | undefined;
  /** Whether calls that end now are told to nobody. */
  isSilent: boolean;
}

/** A socket, as far as its host closes it. */
interface Closable {
  close(): unknown;
}

/** Whose sockets, names and clock the core gets when it asks for one. */
let current: LibraryHost;

/** The host whose turn it is. */
export function currentHost(): LibraryHost {
  return current;
}

/**
 * Has the core ask another host from now on.
 *
 * @returns the one before, whose turn it must be again before anybody else is called
 */
export function switchHost(host: LibraryHost): LibraryHost {
  const before = current;
  current = host;
  return before;
}

/**
 * Says that the host whose turn it is has a network.
 *
 * @throws Error in a browser that has given none, with what to do
 */
export function requireNetwork(): void {
  if (isBrowser && current.host === coreHost) throw new Error(NO_NETWORK);
}

/** Calls a function for which the core asks another host. */
export function onHost<T>(host: LibraryHost, call: () => T): T {
  const before = switchHost(host);
  try {
    return call();
  } finally {
    current = before;
  }
}

/** The imports of the core; what makes something or tells the time is that of the host whose turn it is. */
function throughCurrent({ imports }: Host): Host["imports"] {
  const now = (): Host["imports"] => current.host.imports;
  return {
    ...imports,
    "wasi:sockets/tcp-create-socket": {
      createTcpSocket: (family) => now()["wasi:sockets/tcp-create-socket"].createTcpSocket(family),
    },
    "wasi:sockets/udp-create-socket": {
      createUdpSocket: (family) => now()["wasi:sockets/udp-create-socket"].createUdpSocket(family),
    },
    "wasi:sockets/ip-name-lookup": {
      ...imports["wasi:sockets/ip-name-lookup"],
      resolveAddresses: (network, name) =>
        now()["wasi:sockets/ip-name-lookup"].resolveAddresses(network, name),
    },
    "wasi:clocks/monotonic-clock": {
      ...imports["wasi:clocks/monotonic-clock"],
      now: () => now()["wasi:clocks/monotonic-clock"].now(),
      subscribeInstant: (when) => now()["wasi:clocks/monotonic-clock"].subscribeInstant(when),
      subscribeDuration: (duration) => now()["wasi:clocks/monotonic-clock"].subscribeDuration(duration),
    },
  };
}

function instantiate(host: Host): { core: Core; lowered: Lowered } {
  // The module is small: compiling it at once is quicker than any detour, and lets `socket()` answer at once.
  const module = new wasm.Module(coreFile());
  const lowered = lower(throughCurrent(host), { trusted: true });
  const options = hostOptionImports((handle) => lowered.table.get(handle) as TcpSocket | UdpSocket);
  const imports = lowered.imports(module);
  const { exports } = new wasm.Instance(module, { ...imports, "wasock:host/options": options });
  lowered.attach(exports);
  (exports["_initialize"] as () => void)();
  return { core: exports as unknown as Core, lowered };
}

/** Trusted code in the same process, so that everything is allowed; a program holds what its memory does. */
const TRUSTED: HostOptions = {
  policy: allowAll,
  caps: {
    streams: Number.MAX_SAFE_INTEGER,
    pollables: Number.MAX_SAFE_INTEGER,
    queuedBytes: Number.MAX_SAFE_INTEGER,
  },
};

/**
 * The library's own host. The environment says how it reaches socket options (`WASOCK_OPTIONS`), since importing takes
 * no arguments.
 */
export const coreHost: Host = createHost({
  ...TRUSTED,
  // whoever waits for its look-ups is the process itself
  resolver: systemAddresses,
  options: (variable("WASOCK_OPTIONS") || "auto") as NonNullable<HostOptions["options"]>,
});
current = { host: coreHost, immediate: 0, open: undefined, isSilent: false };

/** Those on other networks, once there are any. */
let others: WeakMap<object, LibraryHost> | undefined;

/** Makes a host of the library on another network, or with less than all rights. */
export function hostOn(network: Network, options: HostOptions): LibraryHost {
  const caps = { ...TRUSTED.caps, ...options.caps };
  const host: LibraryHost = {
    host: createHost({ ...TRUSTED, ...options, caps, network }),
    immediate: 0,
    open: isMadeUp(network) ? new Set() : undefined,
    isSilent: false,
  };
  others ??= new WeakMap();
  others.set(host.host.context, host);
  return host;
}

/** The host that a socket of the core lives on. */
export function hostOfSocket(socket: CoreObject): LibraryHost {
  if (others === undefined) return current;
  const handle = core.socketHandle(socket);
  return (handle === 0 ? undefined : others.get(hostSocket(handle).endpoint.context)) ?? current;
}

const instance = instantiate(coreHost);

export const core: Core = instance.core;

/**
 * The way of bytes past the core.
 *
 * The core decides how many bytes a call moves and what that means; where they lie is nothing to it. While a call of
 * the library runs it, the host takes what is sent straight from the caller's bytes, where the core means its window,
 * and gives what is received straight to the caller; the core only gets their number.
 */
export const bypass: Bypass = instance.lowered.bypass;

const scratch = core.scratch();
const mailboxAt = core.mailbox();
const wokenAt = core.wokenFlag();
const addressAt = core.addressArea();
const messagesAt = core.messageArea();
bypass.at = scratch;
bypass.size = WINDOW_SIZE;

// Views of the core's memory. When it grows, the old views have length 0.
let bytes = Buffer.from(core.memory.buffer, scratch, WINDOW_SIZE);
let mailbox = new Int32Array(core.memory.buffer, mailboxAt, 3);
let woken = new Int32Array(core.memory.buffer, wokenAt, 1);
let address = new Uint8Array(core.memory.buffer, addressAt, ADDRESS_SIZE);
let messages = new Int32Array(core.memory.buffer, messagesAt, MOST_MESSAGES * MESSAGE_WORDS);

function refresh(): void {
  bytes = Buffer.from(core.memory.buffer, scratch, WINDOW_SIZE);
  mailbox = new Int32Array(core.memory.buffer, mailboxAt, 3);
  woken = new Int32Array(core.memory.buffer, wokenAt, 1);
  address = new Uint8Array(core.memory.buffer, addressAt, ADDRESS_SIZE);
  messages = new Int32Array(core.memory.buffer, messagesAt, MOST_MESSAGES * MESSAGE_WORDS);
}

/** The window, as it is until the core runs again. */
export function windowBytes(): Buffer {
  if (bytes.length === 0) refresh();
  return bytes;
}

/** The place of address arguments and results, as it is until the core runs again. */
export function addressBytes(): Uint8Array {
  if (address.length === 0) refresh();
  return address;
}

/** What is known of the datagrams that were received together last, as it is until the core runs again. */
export function messageWords(): Int32Array {
  if (messages.length === 0) refresh();
  return messages;
}

/** Bytes of the core's memory, until it runs again. */
export function coreBytes(at: number, length: number): Uint8Array {
  return new Uint8Array(core.memory.buffer, at, length);
}

/** Takes the next operation that another one has woken; 0 for none, which costs no call. */
export function takeWoken(): CoreObject {
  if (woken.length === 0) refresh();
  return (woken[0] === 0 ? 0 : core.takeWoken()) as CoreObject;
}

/** How many bytes the operation that was stepped last has moved over all its steps. */
export function bytesMoved(): number {
  if (mailbox.length === 0) refresh();
  return (mailbox[0] as number) >>> 0;
}

/** What the operation that was stepped last waits for; undefined when it only waits for other operations. */
export function pollableOfStep(): Pollable | undefined {
  return pollable(1);
}

/** The timer of the operation that was stepped last, where it has one. */
export function timerOfStep(): Pollable | undefined {
  return pollable(2);
}

function pollable(slot: number): Pollable | undefined {
  if (mailbox.length === 0) refresh();
  const handle = mailbox[slot] as number;
  return handle === 0 ? undefined : (instance.lowered.table.get(handle) as Pollable);
}

/** The host's socket behind a handle of the core. */
export function hostSocket(handle: number): TcpSocket | UdpSocket {
  return instance.lowered.table.get(handle) as TcpSocket | UdpSocket;
}

/** How many handles the core holds: sockets, streams, pollables. */
export function handlesInUse(): number {
  return instance.lowered.table.size;
}

/** Puts a text into the window; its length in bytes, -1 for null. */
export function writeText(text: string | null, at = 0): number {
  return text === null ? -1 : windowBytes().write(text, at, "utf8");
}

/** Takes a text of the core out of the window. */
export function readText(length: number): string {
  return windowBytes().toString("utf8", 0, length);
}
