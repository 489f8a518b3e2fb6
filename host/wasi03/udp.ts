/** `wasi:sockets/types.udp-socket` of WASI 0.3 over a {@link UdpEndpoint}. */
import {
  type IpAddressFamily,
  type IpSocketAddress,
  isUsableForUdp,
  isWildcard,
  wildcard,
} from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { SocketContext } from "../sockets/context.ts";
import type { UdpOptions } from "../sockets/options.ts";
import { UdpEndpoint } from "../sockets/udp.ts";
import { DATAGRAM_COST } from "../sockets/udp-output.ts";
import { asNamed, named } from "./socket-errors.ts";
import { UdpOptionsFace } from "./socket-options.ts";
import { whenReady } from "./when-ready.ts";

/** More than this is no datagram of any kind, and not kept until it can be sent. */
const MOST_BYTES = 65_535;

/** `wasi:sockets/types.udp-socket`. */
class UdpSocket extends UdpOptionsFace {
  readonly #endpoint: UdpEndpoint;

  constructor(endpoint: UdpEndpoint) {
    super();
    this.#endpoint = endpoint;
  }

  bind(localAddress: IpSocketAddress): void {
    asNamed(() => this.#endpoint.bind(localAddress));
  }

  /** Sets the peer; where the socket is not bound, to a port of the kernel's choice. */
  connect(remoteAddress: IpSocketAddress): void {
    asNamed(() => {
      this.#assertUsable(remoteAddress);
      this.#bind();
      this.#endpoint.connect(remoteAddress);
    });
  }

  /** Takes the peer away. */
  disconnect(): void {
    asNamed(() => {
      this.#endpoint.remoteAddress();
      this.#endpoint.connect(undefined);
    });
  }

  /** Sends a datagram, to the peer where no address is given. */
  send(data: Uint8Array, remoteAddress: IpSocketAddress | undefined): unknown {
    const endpoint = this.#endpoint;
    return asNamed(() => {
      if (remoteAddress !== undefined) this.#assertUsable(remoteAddress);
      else if (!endpoint.isConnected) throw "EINVAL" satisfies SocketErrorCode;
      this.#bind();
      if (endpoint.sendPermit() > 0) {
        endpoint.send([{ data, remoteAddress }]);
        return undefined;
      }
      if (data.length > MOST_BYTES) throw "EMSGSIZE" satisfies SocketErrorCode;
      // the guest's memory is lent for the call only; what is kept of it counts
      const { ledger } = endpoint.context;
      const size = data.length + DATAGRAM_COST;
      if (ledger.queueRoom < size) throw "ENOMEM" satisfies SocketErrorCode;
      ledger.queue(size);
      const datagram = { data: data.slice(), remoteAddress };
      const attempt = (): typeof SENT | undefined => {
        if (endpoint.sendPermit() === 0) return undefined;
        endpoint.send([datagram]);
        return SENT;
      };
      return whenReady(endpoint.outgoing, attempt, () => ledger.queue(-size));
    });
  }

  /** The next datagram, with its sender. */
  receive(): unknown {
    const endpoint = this.#endpoint;
    if (!endpoint.isBound) throw named("EBADFD");
    return whenReady(endpoint.incoming, () => {
      const [datagram] = endpoint.receive(1);
      return datagram && { value: [datagram.data, datagram.remoteAddress] };
    });
  }

  getLocalAddress(): IpSocketAddress {
    return asNamed(() => this.#endpoint.localAddress());
  }

  getRemoteAddress(): IpSocketAddress {
    return asNamed(() => this.#endpoint.remoteAddress());
  }

  getAddressFamily(): IpAddressFamily {
    return this.#endpoint.family;
  }

  [Symbol.dispose](): void {
    this.#endpoint.close();
  }

  protected override reachOptions(): UdpOptions {
    return this.#endpoint.options;
  }

  #bind(): void {
    if (!this.#endpoint.isBound) this.#endpoint.bind(wildcard(this.#endpoint.family));
  }

  // before it is bound for it
  #assertUsable(remote: IpSocketAddress): void {
    if (!isUsableForUdp(remote, this.#endpoint.family) || isWildcard(remote) || remote.val.port === 0) {
      throw "EINVAL" satisfies SocketErrorCode;
    }
  }
}

const SENT = { value: undefined };

/** `wasi:sockets/types.udp-socket` of one host. */
export function udpSocketOf(context: SocketContext): object {
  return class extends UdpSocket {
    static create(family: IpAddressFamily): UdpSocket {
      return asNamed(() => new UdpSocket(new UdpEndpoint(context, family)));
    }
  };
}
