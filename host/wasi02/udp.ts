/**
 * `wasi:sockets/udp`: the protocol of WASI 0.2 over a {@link UdpEndpoint}.
 */
import { Owner } from "../io/owner.ts";
import { alwaysReady, Pollable } from "../io/poll.ts";
import { trapError } from "../io/trap.ts";
import type { IpAddressFamily, IpSocketAddress } from "../network/address.ts";
import type { UdpOptions } from "../sockets/options.ts";
import type { OutgoingDatagram, UdpEndpoint } from "../sockets/udp.ts";
import type { IncomingDatagram } from "../sockets/udp-input.ts";
import type * as wit from "../wit/wasi02.ts";
import type { Network } from "./network.ts";
import { asNamed, type ErrorCode, named } from "./network-errors.ts";
import { UdpOptionsFace } from "./socket-options.ts";

/** `wasi:sockets/udp.udp-socket`. */
export class UdpSocket extends UdpOptionsFace implements wit.UdpSocket {
  /** The socket behind the face. */
  readonly endpoint: UdpEndpoint;
  readonly #owner: Owner;
  #isBinding = false;
  #dropped = false;

  constructor(endpoint: UdpEndpoint) {
    super();
    this.endpoint = endpoint;
    this.#owner = new Owner(endpoint.context.ledger, "udp-socket");
  }

  /** Binds. Throws `invalid-argument`, `invalid-state`, `address-in-use`, `address-not-bindable`, `access-denied`. */
  startBind(_network: Network, localAddress: IpSocketAddress): void {
    if (this.#isBinding) throw "concurrency-conflict" satisfies ErrorCode;
    asNamed(() => this.endpoint.bind(localAddress));
    this.#isBinding = true;
  }

  /** Ends what `startBind` began. Throws `not-in-progress`. */
  finishBind(): void {
    if (!this.#isBinding) throw "not-in-progress" satisfies ErrorCode;
    this.#isBinding = false;
  }

  /**
   * The streams of the socket. With an address only its datagrams come in and all go out to it.
   * Traps while an earlier pair is alive.
   *
   * Throws `invalid-state` when not bound, `invalid-argument`, `access-denied`, and why the kernel refused;
   * `new-socket-limit` where the guest holds too many streams.
   */
  stream(remoteAddress: IpSocketAddress | undefined): [IncomingDatagramStream, OutgoingDatagramStream] {
    if (this.#isBinding) throw "concurrency-conflict" satisfies ErrorCode;
    if (this.endpoint.streams > 0) {
      throw trapError("udp-socket.stream: drop the earlier streams of this socket first");
    }
    if (!this.#owner.ledger.hasStreams(2)) throw "new-socket-limit" satisfies ErrorCode;
    asNamed(() => this.endpoint.connect(remoteAddress));
    return [
      new IncomingDatagramStream(this.endpoint, this.#owner),
      new OutgoingDatagramStream(this.endpoint, this.#owner),
    ];
  }

  /** The address that the socket is bound to. Throws `invalid-state`. */
  localAddress(): IpSocketAddress {
    return asNamed(() => this.endpoint.localAddress());
  }

  /** The address that `stream` was given. Throws `invalid-state`. */
  remoteAddress(): IpSocketAddress {
    return asNamed(() => this.endpoint.remoteAddress());
  }

  /** The family that the socket was made with. */
  addressFamily(): IpAddressFamily {
    return this.endpoint.family;
  }

  /** A pollable that is always ready: nothing that a UDP socket itself does has to be waited for. */
  subscribe(): Pollable {
    return new Pollable(alwaysReady, this.#owner);
  }

  /** Drops the socket. Traps while a stream or a pollable of it lives. */
  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#owner.assertChildless();
    this.#dropped = true;
    this.endpoint.close();
  }
  protected override reachOptions(): UdpOptions {
    return this.endpoint.options;
  }
}

/** The life of a datagram stream: it counts, and goes before its socket. */
class StreamLife {
  readonly self: Owner;
  readonly #parent: Owner;
  readonly #endpoint: UdpEndpoint;
  #open = true;

  constructor(endpoint: UdpEndpoint, parent: Owner, what: string) {
    this.self = new Owner(parent.ledger, what);
    this.#parent = parent;
    this.#endpoint = endpoint;
    parent.ledger.claimStream();
    parent.adopt();
    endpoint.streams++;
  }

  end(): void {
    if (!this.#open) return;
    this.self.assertChildless();
    this.#open = false;
    this.#endpoint.streams--;
    this.#parent.ledger.streams--;
    this.#parent.release();
  }
}

/** `wasi:sockets/udp.incoming-datagram-stream`. */
export class IncomingDatagramStream implements wit.IncomingDatagramStream {
  /** The socket behind the stream. */
  readonly endpoint: UdpEndpoint;
  readonly #life: StreamLife;

  constructor(endpoint: UdpEndpoint, parent: Owner) {
    this.endpoint = endpoint;
    this.#life = new StreamLife(endpoint, parent, "incoming-datagram-stream");
  }

  /** Takes what is there, at most 64 datagrams. Throws why the last datagram could not be delivered. */
  receive(maxResults: bigint): IncomingDatagram[] {
    try {
      return this.endpoint.receive(maxResults > 64n ? 64 : Number(maxResults));
    } catch (thrown) {
      throw named(thrown);
    }
  }

  /** A pollable that is ready when `receive` gives a datagram or an error. */
  subscribe(): Pollable {
    return new Pollable(this.endpoint.incoming, this.#life.self);
  }

  /** Drops the stream. Traps while a pollable of it lives. */
  [Symbol.dispose](): void {
    this.#life.end();
  }
}

/** `wasi:sockets/udp.outgoing-datagram-stream`. */
export class OutgoingDatagramStream implements wit.OutgoingDatagramStream {
  /** The socket behind the stream. */
  readonly endpoint: UdpEndpoint;
  readonly #life: StreamLife;
  #permit = 0;

  constructor(endpoint: UdpEndpoint, parent: Owner) {
    this.endpoint = endpoint;
    this.#life = new StreamLife(endpoint, parent, "outgoing-datagram-stream");
  }

  /** How many datagrams the next `send` may be given. */
  checkSend(): bigint {
    this.#permit = this.endpoint.sendPermit();
    return BigInt(this.#permit);
  }

  /**
   * Sends datagrams; traps when they are more than `checkSend` permitted since the last of these calls.
   *
   * @param datagrams their bytes are valid during the call only
   * @returns how many were sent; fewer than given where one of them failed, whose error the next call throws
   */
  send(datagrams: readonly OutgoingDatagram[]): bigint {
    if (datagrams.length > this.#permit) {
      throw trapError(
        `outgoing-datagram-stream.send: ${datagrams.length} datagrams where ${this.#permit} are permitted`,
      );
    }
    if (datagrams.length > 0) this.#permit = 0;
    try {
      return BigInt(this.endpoint.send(datagrams));
    } catch (thrown) {
      throw named(thrown);
    }
  }

  /** A pollable that is ready when `checkSend` gives more than 0. */
  subscribe(): Pollable {
    return new Pollable(this.endpoint.outgoing, this.#life.self);
  }

  /** Drops the stream; what is being sent still is. Traps while a pollable of it lives. */
  [Symbol.dispose](): void {
    this.#life.end();
  }
}
