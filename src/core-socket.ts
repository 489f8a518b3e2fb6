/** The core's socket behind one of the library's, and what is known of it on this side. */
import type { Source, Waiter } from "../host/io/poll.ts";
import type { TcpSocket } from "../host/wasi02/tcp.ts";
import { AddressFamily, SocketType } from "./constants.ts";
import { type CoreObject, core, hostOfSocket, hostSocket, type LibraryHost } from "./core.ts";

/** A call that waits without an operation of the core. */
export interface WaitingCall extends Waiter {
  /** Makes an operation of it, as another call comes: the core keeps those in order. */
  enqueue(): void;
  /** Ends it: the socket is being closed. */
  close(): void;
}

/** What a call is about: what comes in, bytes or connections; or what goes out, and the socket itself. */
export type Direction = "incoming" | "outgoing";

/** What the calls know of a socket, and its users need not. */
export class CoreSocket {
  readonly object: CoreObject;
  readonly family: AddressFamily;
  readonly type: SocketType;
  /** Whose it is: a call that waits holds it, so that nobody's is collected meanwhile. */
  readonly owner: object;
  /** Where it lives. */
  readonly host: LibraryHost;
  /** Whether bytes were peeked at: the core may have some that come before those of the host. */
  hasPeeked = false;
  /** The call that waits without an operation for what comes in, where there is one. */
  incoming: WaitingCall | undefined = undefined;
  /** The one that waits so to send. */
  outgoing: WaitingCall | undefined = undefined;
  #input: Source | undefined = undefined;
  /** Whether a call has waited at the source of what comes in, and the socket was not changed since. */
  #isDrained = false;

  constructor(object: CoreObject, family: AddressFamily, type: SocketType, owner: object) {
    this.object = object;
    this.family = family;
    this.type = type;
    this.owner = owner;
    this.host = hostOfSocket(object);
  }

  /** Whether the host has it: both ends of a pair are in the core. */
  get isHosted(): boolean {
    return this.family !== AddressFamily.unix;
  }

  /** Whether bytes come and go without borders. */
  get isStream(): boolean {
    return this.type === SocketType.stream;
  }

  /** Whether the core need not be asked: all that came before was taken, and nothing has come since. */
  hasNothing(direction: Direction): boolean {
    return direction === "incoming" && this.#isDrained && this.#input?.isReady() === false;
  }

  /** Lets a call wait for its direction, of which the core has nothing, until the source is ready. */
  wait(direction: Direction, call: WaitingCall): Source {
    this[direction] = call;
    const source = this.source(direction);
    if (direction === "incoming") this.#isDrained = true;
    return source;
  }

  /** Has the core asked again: an operation, an option or a shutdown may have changed what it answers. */
  changed(): void {
    this.#isDrained = false;
  }

  /** What is ready when a call of a direction may get further. */
  source(direction: Direction): Source {
    if (direction === "outgoing") return outputOf(hostSocket(core.socketHandle(this.object)));
    // which the core is asked for once: it stays the same
    this.#input ??= inputOf(hostSocket(core.socketHandle(this.object)));
    return this.#input;
  }
}

/** Has bytes, datagrams or connections to be taken. */
function inputOf(socket: ReturnType<typeof hostSocket>): Source {
  if ("incoming" in socket.endpoint) return socket.endpoint.incoming;
  const { endpoint } = socket as TcpSocket;
  return endpoint.state === "connected" ? endpoint.connection().input : (socket as TcpSocket).readiness;
}

/** Takes bytes or datagrams. */
function outputOf({ endpoint }: ReturnType<typeof hostSocket>): Source {
  return "outgoing" in endpoint ? endpoint.outgoing : endpoint.connection().output;
}
