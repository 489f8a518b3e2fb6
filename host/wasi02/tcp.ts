/**
 * `wasi:sockets/tcp`: the start/finish protocol of WASI 0.2 over a {@link TcpEndpoint}.
 */
import { Owner } from "../io/owner.ts";
import { Pollable, Source } from "../io/poll.ts";
import { InputStream, OutputStream } from "../io/streams.ts";
import type { IpAddressFamily, IpSocketAddress } from "../network/address.ts";
import type { TcpOptions } from "../sockets/options.ts";
import type { ShutdownHow, TcpEndpoint } from "../sockets/tcp.ts";
import type * as wit from "../wit/wasi02.ts";
import type { Network } from "./network.ts";
import { asNamed, type ErrorCode, named, nameOf } from "./network-errors.ts";
import { TcpOptionsFace } from "./socket-options.ts";

/** The operation that was started and not finished. */
type Operation = "bind" | "connect" | "listen";

/** Ready when the operation under way has its result, or when a connection waits, or else always. */
class TcpReadiness extends Source {
  /** Whether a bind or a listen waits to be finished: both are done as soon as they are started. */
  isFinishable = false;
  readonly #endpoint: TcpEndpoint;

  constructor(endpoint: TcpEndpoint) {
    super();
    this.#endpoint = endpoint;
    endpoint.onReadiness = () => this.notify();
  }

  override isReady(): boolean {
    return this.isFinishable || this.#endpoint.isReady();
  }
}

/** `wasi:sockets/tcp.tcp-socket`. */
export class TcpSocket extends TcpOptionsFace implements wit.TcpSocket {
  /** The socket behind the face. */
  readonly endpoint: TcpEndpoint;
  #readiness: TcpReadiness | undefined = undefined;
  readonly #owner: Owner;
  #operation: Operation | undefined = undefined;
  #dropped = false;

  constructor(endpoint: TcpEndpoint) {
    super();
    this.endpoint = endpoint;
    this.#owner = new Owner(endpoint.context.ledger, "tcp-socket");
  }

  /** Ready as `subscribe` describes it. Of connections that are accepted nobody asks. */
  get readiness(): TcpReadiness {
    this.#readiness ??= new TcpReadiness(this.endpoint);
    return this.#readiness;
  }

  /** Binds. Throws `invalid-argument`, `invalid-state`, `address-in-use`, `address-not-bindable`, `access-denied`. */
  startBind(_network: Network, localAddress: IpSocketAddress): void {
    this.#assertIdle();
    asNamed(() => this.endpoint.bind(localAddress));
    this.#begin("bind");
  }

  /** Ends what `startBind` began. Throws `not-in-progress`. */
  finishBind(): void {
    this.#finish("bind");
  }

  /** Starts to connect. Throws `invalid-argument`, `invalid-state`; everything else comes from `finishConnect`. */
  startConnect(_network: Network, remoteAddress: IpSocketAddress): void {
    this.#assertIdle();
    asNamed(() => this.endpoint.connect(remoteAddress));
    this.#operation = "connect";
  }

  /**
   * The streams of the new connection.
   *
   * Throws `not-in-progress`, `would-block`, and why the connection failed: `connection-refused`,
   * `remote-unreachable`, `timeout`, `connection-reset`, `address-in-use`, `access-denied`; `new-socket-limit` while
   * the guest holds too many streams.
   */
  finishConnect(): [InputStream, OutputStream] {
    this.#assertOperation("connect");
    const outcome = this.endpoint.connectOutcome();
    if (outcome === "pending") throw "would-block" satisfies ErrorCode;
    if (outcome === "connected") this.#assertStreams();
    this.#operation = undefined;
    if (outcome !== "connected") throw nameOf(outcome);
    return this.#streams();
  }

  /** Starts to listen. Throws `invalid-state`, `address-in-use`, `access-denied`. */
  startListen(): void {
    this.#assertIdle();
    asNamed(() => this.endpoint.listen());
    this.#begin("listen");
  }

  /** Ends what `startListen` began. Throws `not-in-progress`. */
  finishListen(): void {
    this.#finish("listen");
  }

  /** A connection that waits. Throws `would-block`, `invalid-state`, `new-socket-limit`, `connection-aborted`. */
  accept(): [TcpSocket, InputStream, OutputStream] {
    if (this.#operation !== undefined) throw "invalid-state" satisfies ErrorCode;
    this.#assertStreams();
    let accepted: TcpEndpoint;
    try {
      accepted = this.endpoint.accept();
    } catch (thrown) {
      throw named(thrown);
    }
    const socket = new TcpSocket(accepted);
    const [input, output] = socket.#streams();
    return [socket, input, output];
  }

  /** The address that the socket is bound to. Throws `invalid-state`. */
  localAddress(): IpSocketAddress {
    return asNamed(() => this.endpoint.localAddress());
  }

  /** The address of the peer. Throws `invalid-state`. */
  remoteAddress(): IpSocketAddress {
    if (this.#operation === "connect") throw "invalid-state" satisfies ErrorCode;
    return asNamed(() => this.endpoint.remoteAddress());
  }

  isListening(): boolean {
    return this.endpoint.state === "listening" && this.#operation === undefined;
  }

  /** The family that the socket was made with. */
  addressFamily(): IpAddressFamily {
    return this.endpoint.family;
  }

  /** How many connections the kernel may hold for `accept`. Throws `invalid-argument`, `invalid-state`, `not-supported`. */
  setListenBacklogSize(value: bigint): void {
    this.reachOptions();
    asNamed(() => this.endpoint.setBacklog(value));
  }

  /**
   * A pollable: while something is under way it is ready when the result is there; of a listening
   * socket when a connection waits; else always.
   */
  subscribe(): Pollable {
    return new Pollable(this.readiness, this.#owner);
  }

  /** Ends one direction or both, the others live on. Throws `invalid-state` when not connected. */
  shutdown(shutdownType: ShutdownHow): void {
    if (this.#operation !== undefined) throw "invalid-state" satisfies ErrorCode;
    asNamed(() => this.endpoint.shutdown(shutdownType));
  }

  /** Drops the socket; what was written is still delivered. Traps while a stream or a pollable of it lives. */
  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#owner.assertChildless();
    this.#dropped = true;
    this.endpoint.close();
  }

  #streams(): [InputStream, OutputStream] {
    const { input, output } = this.endpoint.connection();
    return [new InputStream(input, this.#owner), new OutputStream(output, this.#owner)];
  }

  #assertStreams(): void {
    if (!this.#owner.ledger.hasStreams(2)) throw "new-socket-limit" satisfies ErrorCode;
  }

  #assertIdle(): void {
    if (this.#operation !== undefined) throw "concurrency-conflict" satisfies ErrorCode;
  }

  #assertOperation(operation: Operation): void {
    if (this.#operation !== operation) throw "not-in-progress" satisfies ErrorCode;
  }

  #begin(operation: "bind" | "listen"): void {
    this.#operation = operation;
    this.readiness.isFinishable = true;
  }

  #finish(operation: "bind" | "listen"): void {
    this.#assertOperation(operation);
    this.#operation = undefined;
    this.readiness.isFinishable = false;
  }

  protected override reachOptions(): TcpOptions {
    if (this.#operation === "connect" || this.endpoint.state === "closed") {
      throw "invalid-state" satisfies ErrorCode;
    }
    return this.endpoint.options;
  }
}
