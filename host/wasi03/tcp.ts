/** `wasi:sockets/types.tcp-socket` of WASI 0.3 over a {@link TcpEndpoint}. */
import { BLOCKED, Copy } from "../abi/async/codes.ts";
import type { CopyResult, Incoming, Source } from "../abi/async/copies.ts";
import { Shared } from "../abi/async/ends.ts";
import { Later } from "../abi/async/later.ts";
import { own, stream, type TypeOf } from "../abi/types.ts";
import { Source as Readiness } from "../io/poll.ts";
import { isClosed } from "../io/streams.ts";
import { type IpAddressFamily, type IpSocketAddress, wildcard } from "../network/address.ts";
import type { SocketContext } from "../sockets/context.ts";
import type { TcpOptions } from "../sockets/options.ts";
import { TcpEndpoint } from "../sockets/tcp.ts";
import { socketsTypesErrorCode, tcpSocket } from "./descriptions.ts";
import { asNamed, type ErrorCode, named } from "./socket-errors.ts";
import { TcpOptionsFace } from "./socket-options.ts";
import { ByteDrain, ByteStream, drained, outcomeType, readable, undrained, unreadable } from "./values.ts";

const OUTCOME = outcomeType(socketsTypesErrorCode);
const CONNECTIONS = stream(own(tcpSocket)) as TypeOf<"stream">;
const INVALID_STATE: ErrorCode = Object.freeze({ tag: "invalid-state", val: undefined });

/** A connection, or another socket, which is closed when its handle and its streams are gone. */
class SharedEndpoint {
  readonly endpoint: TcpEndpoint;
  #users = 1;

  constructor(endpoint: TcpEndpoint) {
    this.endpoint = endpoint;
  }

  use(): void {
    this.#users++;
  }

  readonly release = (): void => {
    this.#users--;
    if (this.#users === 0) this.endpoint.close();
  };
}

/** Connections that come in, as sockets. */
class Arrivals extends Readiness implements Source {
  readonly #shared: SharedEndpoint;
  readonly #look = (): void => this.notify();
  #isOpen = true;

  constructor(shared: SharedEndpoint) {
    super();
    shared.endpoint.context.ledger.claimStream();
    shared.use();
    this.#shared = shared;
    shared.endpoint.onReadiness = this.#look;
  }

  override isReady(): boolean {
    return this.#shared.endpoint.isReady();
  }

  read(into: Incoming): CopyResult {
    const { endpoint } = this.#shared;
    if (into.left === 0) return endpoint.isReady() ? Copy.completed : BLOCKED;
    let count = 0;
    while (into.left > 0) {
      let accepted: TcpEndpoint;
      try {
        accepted = endpoint.accept();
      } catch (thrown) {
        // one that went before it was taken
        if (thrown === "ECONNABORTED") continue;
        if (thrown instanceof Error) throw thrown;
        if (thrown === "EAGAIN") break;
        // with too many sockets, those that wait go on waiting, until one is gone
        if (thrown === "EMFILE" || thrown === "ENFILE" || thrown === "ENOMEM") {
          endpoint.context.awaitPlace(this.#look);
          break;
        }
        return Copy.dropped;
      }
      into.putItem(new TcpSocket(accepted));
      count++;
    }
    return count === 0 ? BLOCKED : Copy.completed;
  }

  /** Nobody takes what comes; the socket still listens as long as its handle is there. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { endpoint, release } = this.#shared;
    endpoint.onReadiness = undefined;
    endpoint.context.forgetPlace(this.#look);
    endpoint.context.ledger.streams--;
    release();
  }
}

/** `wasi:sockets/types.tcp-socket`. */
class TcpSocket extends TcpOptionsFace {
  readonly #shared: SharedEndpoint;
  readonly #endpoint: TcpEndpoint;
  #isSending = false;
  #isReceiving = false;
  #isDropped = false;

  constructor(endpoint: TcpEndpoint) {
    super();
    this.#shared = new SharedEndpoint(endpoint);
    this.#endpoint = endpoint;
  }

  bind(localAddress: IpSocketAddress): void {
    asNamed(() => this.#endpoint.bind(localAddress));
  }

  /** Connects; where that is called off, the socket is closed. */
  connect(remoteAddress: IpSocketAddress): Later | undefined {
    const endpoint = this.#endpoint;
    asNamed(() => endpoint.connect(remoteAddress));
    const outcome = endpoint.connectOutcome();
    if (outcome === "connected") return undefined;
    if (outcome !== "pending") throw named(outcome);
    const later = new Later(() => {
      endpoint.onReadiness = undefined;
      endpoint.close();
    });
    endpoint.onReadiness = () => {
      const now = endpoint.connectOutcome();
      if (now === "pending") return;
      endpoint.onReadiness = undefined;
      if (now === "connected") later.resolve(undefined);
      else later.reject(named(now));
    };
    return later;
  }

  /** Listens, on a port of the kernel's choice where it is not bound. */
  listen(): Shared {
    const endpoint = this.#endpoint;
    return asNamed(() => {
      if (endpoint.state === "unbound") endpoint.bind(wildcard(endpoint.family));
      endpoint.listen();
      return new Shared(CONNECTIONS, new Arrivals(this.#shared));
    });
  }

  /** Sends what a stream gives; its end is that of this direction. */
  send(data: Shared): Shared {
    const endpoint = this.#endpoint;
    if (this.#isSending || endpoint.state !== "connected") return undrained(data, INVALID_STATE, OUTCOME);
    this.#isSending = true;
    this.#shared.use();
    const { output } = endpoint.connection();
    const drain = new ByteDrain(output, {
      close: () => output.close(),
      ledger: endpoint.context.ledger,
      nameFailure: (thrown) => nameSending(thrown ?? endpoint.takeError()),
      onEnd: this.#shared.release,
    });
    return drained(data, drain, OUTCOME);
  }

  /** A stream of received bytes, and a future of its outcome. */
  receive(): [Shared, Shared] {
    const endpoint = this.#endpoint;
    if (this.#isReceiving || endpoint.state !== "connected") return unreadable(INVALID_STATE, OUTCOME);
    this.#isReceiving = true;
    this.#shared.use();
    const { input } = endpoint.connection();
    const bytes = new ByteStream(input, {
      close: () => input.close(),
      ledger: endpoint.context.ledger,
      nameFailure: nameReceiving,
      onEnd: this.#shared.release,
    });
    return readable(bytes, OUTCOME);
  }

  getLocalAddress(): IpSocketAddress {
    return asNamed(() => this.#endpoint.localAddress());
  }

  getRemoteAddress(): IpSocketAddress {
    return asNamed(() => this.#endpoint.remoteAddress());
  }

  getIsListening(): boolean {
    return this.#endpoint.state === "listening";
  }

  getAddressFamily(): IpAddressFamily {
    return this.#endpoint.family;
  }

  setListenBacklogSize(value: bigint): void {
    asNamed(() => this.#endpoint.setBacklog(value));
  }

  /** The handle is gone; what its streams do goes on. */
  [Symbol.dispose](): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.#shared.release();
  }

  protected override reachOptions(): TcpOptions {
    const { state, options } = this.#endpoint;
    if (state === "connecting" || state === "closed") throw INVALID_STATE;
    return options;
  }
}

/** What a sender is told: that nobody reads any more is an error to it. */
function nameSending(thrown: unknown): unknown {
  if (thrown === undefined) return undefined;
  return isClosed(thrown) ? named("EPIPE") : nameFailed(thrown);
}

/** What a receiver is told: the end is no error. */
function nameReceiving(thrown: unknown): unknown {
  return isClosed(thrown) ? undefined : nameFailed(thrown);
}

/** The name of a failure: of a socket's code, or of a stream's error. */
function nameFailed(thrown: unknown): unknown {
  if (typeof thrown === "string") return named(thrown);
  const { val } = thrown as { readonly val?: { readonly code?: unknown } };
  return named(val?.code ?? "EIO");
}

/** `wasi:sockets/types.tcp-socket` of one host. */
export function tcpSocketOf(context: SocketContext): object {
  return class extends TcpSocket {
    static create(family: IpAddressFamily): TcpSocket {
      return asNamed(() => new TcpSocket(new TcpEndpoint(context, family)));
    }
  };
}
