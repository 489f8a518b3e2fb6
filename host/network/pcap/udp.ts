/** UDP ports that are captured. */
import { fromNode, type IpSocketAddress, isWildcard, type NodeAddress, withPort } from "../address.ts";
import type { DatagramListener, Destination, Network } from "../network.ts";
import { StandingUdpPort } from "../stand-before.ts";
import type { Capture } from "./capture.ts";
import { placeOf } from "./packets.ts";

/** A UDP port that is captured. */
export class CapturedPort extends StandingUdpPort {
  readonly #capture: Capture;
  #peer: IpSocketAddress | undefined = undefined;
  #isKnown = false;

  constructor(network: Network, capture: Capture, local: IpSocketAddress, listener: DatagramListener) {
    super(network, local, listener);
    this.#capture = capture;
  }

  #remark(): string | undefined {
    if (this.#isKnown || this.socket === undefined) return undefined;
    this.#isKnown = true;
    return `socket ${this.socket}`;
  }

  /** Our own address, as far as it is known: on a wildcard a loopback is answered from itself. */
  #own(peer: IpSocketAddress): IpSocketAddress {
    const local = this.inner.local();
    const isLocal =
      peer.tag === "ipv4" ? peer.val.address[0] === 127 : peer.val.address.join() === "0,0,0,0,0,0,0,1";
    if (!isWildcard(local) || !isLocal || local.tag !== peer.tag) return local;
    return withPort(
      { tag: peer.tag, val: peer.val.address } as Parameters<typeof withPort>[0],
      local.val.port,
    );
  }

  override connect(remote: IpSocketAddress): NodeAddress {
    const peer = super.connect(remote);
    this.#peer = remote;
    return peer;
  }
  override disconnect(): void {
    super.disconnect();
    this.#peer = undefined;
  }
  override send(bytes: Buffer, to: Destination | undefined): boolean {
    const isTaken = super.send(bytes, to);
    const remote = to?.address ?? this.#peer;
    if (remote !== undefined) {
      this.#capture.udp(placeOf(this.#own(remote)), placeOf(remote), bytes, this.#remark());
    }
    return isTaken;
  }
  override arrived(bytes: Buffer, from: NodeAddress): void {
    const remote = fromNode(from);
    this.#capture.udp(placeOf(remote), placeOf(this.#own(remote)), bytes, this.#remark());
    super.arrived(bytes, from);
  }
}
