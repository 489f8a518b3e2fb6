/** A port for datagrams through a relay: a stream for each peer. */
import { systemTime } from "../../io/time.ts";
import { addressText, type IpSocketAddress, type NodeAddress, socketAddressText } from "../address.ts";
import type { SocketErrorCode } from "../errors.ts";
import type { DatagramListener, Destination, UdpPort } from "../network.ts";
import type { Link, Stream } from "./link.ts";
import { connect, Kind, Packet, packet, Reason } from "./packets.ts";
import { codeOf } from "./tcp.ts";

/** How many peers a port has at most; then the one that was sent to longest ago is let go. */
const MOST_PEERS = 64;
/** What is beyond is lost, as it is wherever datagrams come too fast, in bytes and in datagrams before there is a relay. */
const MOST_BEHIND = 1024 * 1024;
const MOST_EARLY = 16;

/** The stream of one peer. */
class Peer implements Stream {
  readonly #link: Link;
  readonly #name: string;
  readonly #from: NodeAddress;
  readonly #listener: DatagramListener;
  readonly #lost: (reason: number) => void;
  readonly #stream: number;
  #early: Uint8Array<ArrayBuffer>[] | undefined = [];

  constructor(
    link: Link,
    name: string,
    from: NodeAddress,
    listener: DatagramListener,
    lost: (reason: number) => void,
  ) {
    this.#link = link;
    this.#name = name;
    this.#from = from;
    this.#listener = listener;
    this.#lost = lost;
    this.#stream = link.add(this);
  }

  begin(): void {
    this.#link.send(connect(this.#stream, Kind.udp, this.#name, this.#from.port));
    for (const datagram of this.#early ?? []) this.#link.send(datagram);
    this.#early = undefined;
  }

  send(bytes: Uint8Array): void {
    const datagram = packet(Packet.data, this.#stream, bytes);
    if (this.#early === undefined) {
      if (this.#link.behind < MOST_BEHIND) this.#link.send(datagram);
    } else if (this.#early.length < MOST_EARLY) this.#early.push(datagram);
  }

  proceed(): void {}

  data(bytes: Uint8Array): void {
    this.#listener.arrived(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), this.#from);
  }

  over(reason: number): void {
    this.#lost(reason);
  }

  close(): void {
    this.#link.remove(this.#stream, Reason.voluntary);
  }
}

/** A port that is taken; its number is of no use to anybody. */
export class RelayUdpPort implements UdpPort {
  readonly queued = 0;
  readonly #link: Link;
  readonly #local: IpSocketAddress;
  readonly #listener: DatagramListener;
  readonly #nameOf: (address: IpSocketAddress) => string;
  readonly #peers: Map<string, Peer> = new Map();
  #peer: IpSocketAddress | undefined = undefined;

  constructor(
    link: Link,
    local: IpSocketAddress,
    listener: DatagramListener,
    nameOf: (address: IpSocketAddress) => string,
  ) {
    this.#link = link;
    this.#local = local;
    this.#listener = listener;
    this.#nameOf = nameOf;
  }

  local(): IpSocketAddress {
    return this.#local;
  }

  connect(remote: IpSocketAddress): NodeAddress {
    this.#peer = remote;
    return { address: addressText(remote), port: remote.val.port };
  }

  disconnect(): void {
    this.#peer = undefined;
  }

  send(bytes: Uint8Array, to: Destination | undefined): boolean {
    const remote = to?.address ?? this.#peer;
    if (remote === undefined) throw "EDESTADDRREQ" satisfies SocketErrorCode;
    const key = socketAddressText(remote);
    const known = this.#peers.get(key);
    const peer = known ?? this.#open(key, remote);
    // the last one that was sent to is the last
    this.#peers.delete(key);
    this.#peers.set(key, peer);
    peer.send(bytes);
    return true;
  }

  #open(key: string, remote: IpSocketAddress): Peer {
    if (this.#peers.size === MOST_PEERS) {
      const [[oldest = "", peer] = []] = this.#peers;
      peer?.close();
      this.#peers.delete(oldest);
    }
    const from = { address: addressText(remote), port: remote.val.port };
    const lost = (reason: number): void => {
      this.#peers.delete(key);
      // as with a kernel only who is connected hears of what befell a peer; of what may not be sent everybody does
      const isPeer = this.#peer !== undefined && socketAddressText(this.#peer) === key;
      if (isPeer || reason === Reason.blocked) this.#listener.failed(codeOf(reason));
    };
    return new Peer(this.#link, this.#nameOf(remote), from, this.#listener, lost);
  }

  getOption(): undefined {}
  setOption(): void {}
  unref(): void {}

  close(): void {
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
    systemTime.defer(() => this.#listener.portClosed());
  }
}
