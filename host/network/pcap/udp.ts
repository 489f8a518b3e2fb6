/** UDP ports that are captured. */
import {
  fromNode,
  type IpSocketAddress,
  isWildcard,
  type NodeAddress,
  sameAddress,
  withPort,
} from "../address.ts";
import type { DatagramListener, Destination, Network } from "../network.ts";
import { StandingUdpPort } from "../stand-before.ts";
import type { Capture } from "./capture.ts";
import { placeOf, type Tally, UDP, Way } from "./packets.ts";

/** A direction between a port and a peer. */
interface WayOfPort {
  readonly own: IpSocketAddress;
  readonly remote: IpSocketAddress;
  readonly way: Way;
}

/** A UDP port that is captured. */
export class CapturedPort extends StandingUdpPort {
  readonly #capture: Capture;
  #peer: IpSocketAddress | undefined = undefined;
  #isKnown = false;
  readonly #sent: Tally = { passed: 0, isCut: false };
  readonly #received: Tally = { passed: 0, isCut: false };
  // most ports send to one peer for long, and hear from one
  #wayOut: WayOfPort | undefined = undefined;
  #wayIn: WayOfPort | undefined = undefined;

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
      let way = this.#wayOut;
      const own = this.#own(remote);
      if (way?.remote !== remote || !sameAddress(way.own, own)) {
        way = { remote, own, way: new Way(placeOf(own), placeOf(remote), UDP, this.#sent) };
        this.#wayOut = way;
      }
      this.#capture.udp(way.way, bytes, this.#remark());
    }
    return isTaken;
  }
  override arrived(bytes: Buffer, from: NodeAddress): void {
    let way = this.#wayIn;
    const remote = fromNode(from);
    const own = this.#own(remote);
    if (way === undefined || !sameAddress(way.remote, remote) || !sameAddress(way.own, own)) {
      way = { remote, own, way: new Way(placeOf(remote), placeOf(own), UDP, this.#received) };
      this.#wayIn = way;
    }
    this.#capture.udp(way.way, bytes, this.#remark());
    super.arrived(bytes, from);
  }
}
