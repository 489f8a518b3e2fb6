/**
 * UDP sockets. No version of WASI is known here.
 */
import { events, nextNumber, type SocketEvent } from "../events/channels.ts";
import type { Abortable } from "../io/owner.ts";
import { Source } from "../io/poll.ts";
import type { IpAddressFamily, IpSocketAddress, NodeAddress } from "../network/address.ts";
import {
  addressText,
  copyOf,
  fromNode,
  isUsableForUdp,
  isWildcard,
  sameAddress,
} from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import { isAboutEarlier } from "../network/errors.ts";
import type { DatagramListener, Destination, UdpPort } from "../network/network.ts";
import type { SocketContext } from "./context.ts";
import { UdpOptions } from "./options.ts";
import { RecentSenders } from "./recent-senders.ts";
import { type IncomingDatagram, UdpInput } from "./udp-input.ts";
import { type OutputListener, UdpOutput } from "./udp-output.ts";

/** `wasi:sockets/udp.outgoing-datagram`. */
export interface OutgoingDatagram {
  data: Uint8Array;
  remoteAddress?: IpSocketAddress | undefined;
}

/** What fits behind a UDP header: in IPv4 the IP header counts too (RFC 768, 791), in IPv6 not (RFC 8200). */
const LARGEST_DATAGRAM: Readonly<Record<IpAddressFamily, number>> = { ipv4: 65_507, ipv6: 65_527 };
/** Readiness to send. */
class Outgoing extends Source {
  readonly #endpoint: UdpEndpoint;

  constructor(endpoint: UdpEndpoint) {
    super();
    this.#endpoint = endpoint;
  }

  override isReady(): boolean {
    return this.#endpoint.sendPermit() > 0;
  }
}

/** A UDP socket. Every failure is thrown as a {@link SocketErrorCode}. */
export class UdpEndpoint implements Abortable, OutputListener, DatagramListener {
  /** Which socket this is, in events. */
  readonly id: number = nextNumber();
  get socket(): number {
    return this.id;
  }
  readonly context: SocketContext;
  readonly family: IpAddressFamily;
  readonly options: UdpOptions = new UdpOptions();
  /** What has come; ready when `receive` gives something. */
  readonly incoming: UdpInput;
  /** Ready when `sendPermit` is above 0. */
  readonly outgoing: Source;
  /** How many datagram streams are alive; kept by the face. */
  streams = 0;
  #port: UdpPort | undefined = undefined;
  #output: UdpOutput | undefined = undefined;
  /** The latest senders, where the policy lets them be answered. */
  #recentSenders: RecentSenders | undefined = undefined;
  #lastSender: IpSocketAddress | undefined = undefined;
  // As the network writes it, to compare the next one with.
  #lastFrom: NodeAddress = NOBODY;
  /** Where it was bound to; a peer makes a wildcard an address. */
  #local: IpSocketAddress | undefined = undefined;
  #remote: IpSocketAddress | undefined = undefined;
  // As the network writes the peer, to compare senders with.
  #remoteFrom: NodeAddress = NOBODY;
  #maySend = true;
  #mayReceive = true;
  // The latest address that was sent to, and what the network takes for it.
  #target: IpSocketAddress | undefined = undefined;
  #destination: Destination | undefined = undefined;
  #sendError: SocketErrorCode | undefined = undefined;
  #isClosing = false;
  #isCounted = true;
  #onceClosed: (() => void) | undefined = undefined;

  /**
   * @param context what all sockets of the host share
   * @param family of the addresses it will deal with
   * @throws `EACCES`, `EMFILE`
   */
  constructor(context: SocketContext, family: IpAddressFamily) {
    context.claimSocket("udp");
    this.context = context;
    this.family = family;
    this.incoming = new UdpInput(context);
    this.outgoing = new Outgoing(this);
    context.ledger.live.add(this);
  }

  /** The error that no call has told yet, which is thereby told (`SO_ERROR`); `undefined` for none. */
  takeError(): SocketErrorCode | undefined {
    return this.incoming.takeError();
  }

  /** Datagrams that were dropped because too many waited for the guest. */
  get dropped(): number {
    return this.incoming.dropped;
  }

  /**
   * Binds; from then on datagrams are received and kept. After a failure the socket is as it was.
   *
   * @throws `EBADFD`, `EINVAL`, `EACCES`, `EADDRINUSE`, `EADDRNOTAVAIL`
   */
  bind(address: IpSocketAddress): void {
    if (this.#port !== undefined || this.#isClosing) throw "EBADFD" satisfies SocketErrorCode;
    if (!isUsableForUdp(address, this.family)) throw "EINVAL" satisfies SocketErrorCode;
    if (!this.context.permissions.check("udp-bind", address)) throw "EACCES" satisfies SocketErrorCode;
    let port: UdpPort;
    try {
      port = this.context.network.bindUdp(address, this);
    } catch (thrown) {
      const error = thrown as SocketErrorCode;
      if (events.udpBind.hasSubscribers) events.udpBind.publish({ ...this.#self(), local: address, error });
      throw error;
    }
    if (!this.context.ledger.holdsProcess) port.unref();
    this.#port = port;
    this.#local = port.local();
    this.#output = new UdpOutput(this.context, port, this);
    this.options.attach(port);
    if (events.udpBind.hasSubscribers) {
      events.udpBind.publish({ ...this.#self(), local: this.localAddress(), error: undefined });
    }
  }

  /**
   * Sets the peer, or none. Datagrams that wait and are not from the peer go.
   *
   * @throws `EBADFD` (not bound), `EINVAL`, `EACCES`, and why the kernel refused
   */
  connect(remote: IpSocketAddress | undefined): void {
    const port = this.#bound();
    if (remote !== undefined) {
      if (!this.#isUsableRemote(remote)) throw "EINVAL" satisfies SocketErrorCode;
      const maySend = this.#maySendTo(remote);
      const mayReceive = this.context.permissions.check("udp-receive", remote, this.#local);
      if (!maySend && !mayReceive) throw "EACCES" satisfies SocketErrorCode;
      if (!this.context.isZoneHere(remote)) throw "EHOSTUNREACH" satisfies SocketErrorCode;
      this.#disconnect(port);
      let peer: NodeAddress;
      try {
        peer = port.connect(remote);
      } catch (error) {
        this.#tellConnect(remote, error as SocketErrorCode);
        throw error;
      }
      this.#maySend = maySend;
      this.#mayReceive = mayReceive;
      this.#remote = remote;
      this.#remoteFrom = peer;
      this.incoming.keepOnlyFrom(mayReceive ? remote : undefined);
      this.#tellConnect(remote, undefined);
    } else {
      const hadPeer = this.#remote !== undefined;
      this.#disconnect(port);
      if (hadPeer) this.#tellConnect(undefined, undefined);
    }
  }

  /** Whether it is bound. */
  get isBound(): boolean {
    return this.#port !== undefined && !this.#isClosing;
  }

  /** Whether it has a peer. */
  get isConnected(): boolean {
    return this.#remote !== undefined;
  }

  /** Where the socket is bound to. Throws `EBADFD`. */
  localAddress(): IpSocketAddress {
    return this.#bound().local();
  }

  /** The peer. Throws `EBADFD`. */
  remoteAddress(): IpSocketAddress {
    if (this.#remote === undefined) throw "EBADFD" satisfies SocketErrorCode;
    return this.#remote;
  }

  /**
   * Takes what is there.
   *
   * @param max how many datagrams at most
   * @returns none when nothing is there
   * @throws what ICMP or the kernel said, in its place among the datagrams
   */
  receive(max: number): IncomingDatagram[] {
    const taken = this.incoming.take(max);
    if (events.udpReceive.hasSubscribers) {
      for (const { data, remoteAddress: remote } of taken) {
        events.udpReceive.publish({ ...this.#self(), remote, bytes: data.length });
      }
    }
    return taken;
  }

  /** How many datagrams `send` takes now. */
  sendPermit(): number {
    return this.#port === undefined ? 0 : (this.#output?.permit() ?? 0);
  }

  /**
   * Hands datagrams to the kernel.
   *
   * Where the kernel's buffer is full a datagram waits for room, and its refusal is thrown by the next call.
   *
   * @param datagrams at most as many as are permitted; their bytes are valid during the call only
   * @returns how many were sent: fewer than given where one failed, whose error shows when it is sent again
   * @throws `EINVAL`, `EACCES`, `EMSGSIZE`, and what the kernel said; of a socket with a
   *   peer also what ICMP said about an earlier datagram, where no `receive` has told it: nothing is sent then
   */
  send(datagrams: readonly OutgoingDatagram[]): number {
    this.#bound();
    // As in the kernel, whichever call comes first is told what became of earlier datagrams.
    const earlier = this.#remote !== undefined && datagrams.length > 0 ? this.takeError() : undefined;
    if (earlier !== undefined) throw earlier;
    let sent = 0;
    for (const datagram of datagrams) {
      try {
        this.#send(datagram);
      } catch (error) {
        if (sent > 0 && typeof error === "string") {
          // the kernel does not say it again
          if (this.#remote !== undefined && isAboutEarlier(error as SocketErrorCode)) {
            this.#pushError(error as SocketErrorCode);
          }
          return sent;
        }
        this.#sendError = undefined;
        throw error;
      }
      sent++;
    }
    return sent;
  }

  /** Lets go of the socket; what the kernel has not taken yet is still sent. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#port === undefined) this.portClosed();
    else if (this.#output?.isTaken !== false) this.#closeSocket();
    // Else `moved` closes it.
  }

  /** Tells, after `close`, when the descriptor is closed. */
  closed(): Promise<void> {
    if (!this.#isCounted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onceClosed = resolve;
    });
  }

  /** Ends everything now. */
  abort(): void {
    this.#isClosing = true;
    if (this.#port === undefined) this.portClosed();
    else this.#closeSocket();
  }

  undelivered(error: SocketErrorCode): void {
    this.#pushError(error);
  }

  refused(error: SocketErrorCode): void {
    this.#sendError = error;
    this.#tellError("send", error);
  }

  moved(): void {
    if (!this.#isClosing) this.outgoing.notify();
    else if (this.#output?.isIdle) this.#closeSocket();
  }

  #self(): SocketEvent {
    return { host: this.context.id, socket: this.id };
  }

  #tellConnect(remote: IpSocketAddress | undefined, error: SocketErrorCode | undefined): void {
    if (!events.udpConnect.hasSubscribers) return;
    events.udpConnect.publish({ ...this.#self(), local: this.localAddress(), remote, error });
  }

  #tellError(direction: "send" | "receive", error: SocketErrorCode): void {
    if (events.udpError.hasSubscribers) events.udpError.publish({ ...this.#self(), direction, error });
  }

  #bound(): UdpPort {
    if (!this.isBound) throw "EBADFD" satisfies SocketErrorCode;
    return this.#port as UdpPort;
  }

  #isUsableRemote(remote: IpSocketAddress): boolean {
    return isUsableForUdp(remote, this.family) && !isWildcard(remote) && remote.val.port !== 0;
  }

  #send(datagram: OutgoingDatagram): void {
    const refusal = this.#sendError ?? this.#refusal(datagram);
    if (refusal !== undefined) throw refusal;
    if (events.udpSend.hasSubscribers) {
      const remote = this.#remote ?? datagram.remoteAddress;
      events.udpSend.publish({ ...this.#self(), remote, bytes: datagram.data.length });
    }
    try {
      this.#output?.send(datagram.data, this.#remote === undefined ? this.#destination : undefined);
    } catch (error) {
      this.#tellError("send", error as SocketErrorCode);
      throw error;
    }
  }

  #refusal(datagram: OutgoingDatagram): SocketErrorCode | undefined {
    const remote = datagram.remoteAddress;
    if (this.#remote !== undefined) {
      if (remote !== undefined && !sameAddress(remote, this.#remote)) return "EINVAL";
      if (!this.#maySend) return "EACCES";
    } else {
      if (remote === undefined || !this.#aimAt(remote)) return "EINVAL";
      if (!this.#maySendTo(remote)) return "EACCES";
      if (!this.context.isZoneHere(remote)) return "EHOSTUNREACH";
    }
    return datagram.data.length > LARGEST_DATAGRAM[this.family] ? "EMSGSIZE" : undefined;
  }

  #maySendTo(remote: IpSocketAddress): boolean {
    const isReply = this.#recentSenders?.has(remote) === true;
    return this.context.permissions.check("udp-send", remote, this.#local, isReply);
  }

  // Most datagrams go where the one before went. A zone is asked for anew: its interface may have another name by now.
  #aimAt(remote: IpSocketAddress): boolean {
    if (this.#target !== undefined && !hasZone(remote) && sameAddress(remote, this.#target)) return true;
    if (!this.#isUsableRemote(remote)) return false;
    // whose the address is may change it
    this.#target = copyOf(remote);
    this.#destination = { address: this.#target, port: remote.val.port, text: addressText(remote) };
    return true;
  }

  #closeSocket(): void {
    const port = this.#port;
    this.#port = undefined;
    this.options.detach();
    port?.close();
  }

  failed(error: SocketErrorCode): void {
    this.#pushError(error);
  }

  sent(error: SocketErrorCode | undefined): void {
    this.#output?.sent(error);
  }

  #pushError(code: SocketErrorCode): void {
    this.#tellError("receive", code);
    this.incoming.fail(code);
  }

  allowsNative(): boolean {
    // whoever wants socket options without koffi wants nothing of it
    return this.context.findOptionBackend() !== undefined;
  }

  arrived(data: Buffer, from: NodeAddress): void {
    if (this.#isClosing) return;
    if (this.#remote !== undefined) {
      // The kernel does not take back what came before it knew the peer.
      if (!isSame(from, this.#remoteFrom) || !this.#mayReceive) return;
      this.#keep(data, this.#remote);
      return;
    }
    let sender = this.#lastSender;
    if (sender === undefined || !isSame(from, this.#lastFrom) || hasZone(sender)) {
      sender = fromNode(from);
      this.#lastSender = sender;
      this.#lastFrom = from;
    }
    const { permissions } = this.context;
    if (!permissions.check("udp-receive", sender, this.#local)) return;
    if (permissions.remembersSenders) {
      this.#recentSenders ??= new RecentSenders(this.context.ledger);
      this.#recentSenders.add(sender);
    }
    this.#keep(data, sender);
  }

  #keep(data: Buffer, remoteAddress: IpSocketAddress): void {
    if (this.incoming.keep(data, remoteAddress) || !events.udpDrop.hasSubscribers) return;
    const local = this.localAddress();
    events.udpDrop.publish({ ...this.#self(), local, bytes: data.length, count: this.dropped });
  }

  #disconnect(port: UdpPort): void {
    if (this.#remote === undefined) return;
    this.#remote = undefined;
    this.#output?.peerChanged();
    this.#remoteFrom = NOBODY;
    this.incoming.takeError();
    this.#lastSender = undefined;
    port.disconnect();
  }

  portClosed(): void {
    this.incoming.clear();
    this.#recentSenders?.clear();
    if (!this.#isCounted) return;
    this.#isCounted = false;
    this.context.releaseSocket();
    this.context.ledger.live.delete(this);
    if (events.udpClose.hasSubscribers) events.udpClose.publish(this.#self());
    this.#onceClosed?.();
  }
}

function hasZone({ tag, val }: IpSocketAddress): boolean {
  return tag === "ipv6" && val.scopeId !== 0;
}

/** What no datagram comes from. */
const NOBODY: NodeAddress = { address: "", family: "", port: 0 };

function isSame(one: NodeAddress, other: NodeAddress): boolean {
  return one.port === other.port && one.address === other.address;
}
