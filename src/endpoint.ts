/** The part of sockets that their calls share: the core's socket behind each, until it is closed. */
import { TcpEndpoint } from "../host/sockets/tcp.ts";
import type { AddressFamily, SocketType } from "./constants.ts";
import { type CoreObject, core, EBADF, hostSocket } from "./core.ts";
import { CoreSocket } from "./core-socket.ts";
import { callCore } from "./driver.ts";
import { NetError, show } from "./errors.ts";

/** The core's socket behind one that is known to be open. */
let coreOf: (socket: Endpoint) => CoreSocket;

/** Calls back when a socket is closed, before its pending calls end. */
export let onClose: (socket: Endpoint, closed: () => void) => void;

/** Closes a socket and gives up what is still on its way to the peer. */
export let abandon: (socket: Endpoint) => Promise<void>;

/** What kind of socket was collected, for the warning about it. */
function kindOf(object: CoreObject): string {
  const endpoint = hostOf(object)?.endpoint;
  if (endpoint === undefined) return "an end of a socket pair";
  if (!(endpoint instanceof TcpEndpoint)) return "a datagram socket";
  if (endpoint.state === "listening") return "a listener";
  return endpoint.state === "connected" ? "a connection" : "a stream socket without a connection";
}

const warned = new Set<string>();

// A call that is pending holds its socket, so that one that is collected can't be heard of again.
const abandoned = new FinalizationRegistry<CoreObject>((object) => {
  const kind = kindOf(object);
  if (!warned.has(kind)) {
    warned.add(kind);
    process.emitWarning(`${kind} was collected that nobody had closed; it is closed now`, {
      type: "WasockWarning",
      detail: 'Call close(), or declare it with "await using". Of others of the kind nothing is told.',
    });
  }
  void closeCore(object);
});

/** A socket of the core, until it is closed. What can be done with it is in `Socket`, the only class that extends it. */
export abstract class Endpoint {
  readonly #core: CoreSocket;
  #closed = false;
  #closing: Promise<void> = Promise.resolve();
  #onClose: (() => void) | undefined = undefined;

  static {
    coreOf = (socket) => socket.#core;
    onClose = (socket, closed) => {
      socket.#onClose = closed;
    };
    abandon = (socket) => {
      const host = socket.#closed ? undefined : hostOf(socket.#core.object);
      const closing = socket.close();
      host?.endpoint.abort();
      return closing;
    };
  }

  protected constructor(object: CoreObject, family: AddressFamily, type: SocketType) {
    this.#core = new CoreSocket(object, family, type, this);
    const { open } = this.#core.host;
    if (open === undefined) abandoned.register(this, object, this);
    else open.add(this);
  }

  /** One of `AddressFamily`. */
  get family(): AddressFamily {
    return this.#core.family;
  }

  /** One of `SocketType`. */
  get type(): SocketType {
    return this.#core.type;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Closes it. Calls on it that are pending end with EBADF; what was sent is still delivered.
   *
   * @returns resolves when the system's socket is closed too, or, where bytes are still on their way to a
   *   slow peer, at once; closing again gives the same promise
   */
  close(): Promise<void> {
    if (!this.#closed) {
      // set first: what ends with the socket looks at it, and may close it too
      this.#closed = true;
      abandoned.unregister(this);
      this.#onClose?.();
      const { incoming, outgoing, object, host } = this.#core;
      host.open?.delete(this);
      incoming?.close();
      outgoing?.close();
      this.#closing = closeCore(object);
    }
    return this.#closing;
  }

  /** Closes it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What a socket is at; `"open"` is one that neither listens nor has a peer. */
export type SocketState = "open" | "listening" | "connecting" | "connected" | "closed";

/** What a socket is at. */
export function stateOf(socket: Endpoint): SocketState {
  if (socket.closed) return "closed";
  const { isHosted, object } = coreOf(socket);
  if (!isHosted) return "connected";
  const endpoint = hostOf(object)?.endpoint;
  if (!(endpoint instanceof TcpEndpoint)) return core.socketName(object, 1) > 0 ? "connected" : "open";
  const { state } = endpoint;
  return state === "listening" || state === "connecting" || state === "connected" ? state : "open";
}

/** The host's socket behind one of the core; a pair in the core's memory has none. */
function hostOf(object: CoreObject): ReturnType<typeof hostSocket> | undefined {
  const handle = core.socketHandle(object);
  return handle === 0 ? undefined : hostSocket(handle);
}

function closeCore(object: CoreObject): Promise<void> {
  const host = hostOf(object);
  callCore(() => {
    // first, or the end of its stream would shut a connection down that is closed right after
    if (host?.endpoint instanceof TcpEndpoint) host.endpoint.close();
    core.socketClose(object);
  });
  return host?.endpoint.closed() ?? Promise.resolve();
}

/** @throws TypeError when it is no socket */
export function requireSocket(socket: unknown): Endpoint {
  if (socket instanceof Endpoint) return socket;
  throw new TypeError(`socket must be a Socket, got ${show(socket)}`);
}

/**
 * The core's socket.
 *
 * @param syscall what is about to be done with it, for the error
 * @throws NetError EBADF when the socket is closed, TypeError when it is no socket
 */
export function coreSocket(socket: Endpoint, syscall: string): CoreSocket {
  if (requireSocket(socket).closed) throw new NetError(-EBADF, { syscall });
  return coreOf(socket);
}
