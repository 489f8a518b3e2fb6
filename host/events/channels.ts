/**
 * The events of hosts, as `node:diagnostics_channel` channels. Nothing is made when nobody subscribes.
 *
 * docs/observability.md tells which channels there are and when each speaks; {@link ChannelPayloads} what it says.
 */
import type { Channel } from "node:diagnostics_channel";
import { channel } from "node:diagnostics_channel";
import type { IpAddress, IpSocketAddress } from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { Use } from "../policy/policy.ts";

/** What every event says. */
export interface HostEvent {
  /** Which host it happened in: `Host.id`. */
  host: number;
}

/** What every event of a socket says. */
export interface SocketEvent extends HostEvent {
  /** Which socket: a number that no other socket of the process gets. */
  socket: number;
}

/** Payload of `wasock:tcp:bind` and `wasock:udp:bind`: a socket was bound, or the system refused. */
export interface BindEvent extends SocketEvent {
  /** Where it is bound to; where it was to be bound to, when it failed. */
  local: IpSocketAddress;
  /** `undefined` when it is bound. */
  error: SocketErrorCode | undefined;
}

/** Payload of `wasock:tcp:connect:start`: a connection is being made. */
export interface ConnectStartEvent extends SocketEvent {
  remote: IpSocketAddress;
}

/** Payload of `wasock:tcp:connect` and `wasock:udp:connect`: a peer was connected to, or not. */
export interface ConnectEvent extends SocketEvent {
  /** Our end, where there is one. */
  local: IpSocketAddress | undefined;
  /** The peer; `undefined` where a datagram socket gave its up. */
  remote: IpSocketAddress | undefined;
  /** `undefined` when the connection stands. */
  error: SocketErrorCode | undefined;
}

/** Payload of `wasock:tcp:listen`: a socket listens, or the system refused. */
export interface ListenEvent extends SocketEvent {
  local: IpSocketAddress;
  backlog: number;
  /** `undefined` when it listens. */
  error: SocketErrorCode | undefined;
}

/** Payload of `wasock:tcp:accept`: the guest took a connection. */
export interface AcceptEvent extends SocketEvent {
  /** The socket that listens; `socket` is the connection's. */
  listener: number;
  local: IpSocketAddress;
  remote: IpSocketAddress;
}

/** Payload of `wasock:tcp:overflow`: a connection was reset, as too many waited for the guest. */
export interface OverflowEvent extends SocketEvent {
  local: IpSocketAddress;
  /** How many connections of this listener were reset so far. */
  count: number;
}

/** Payload of `…:send` and `…:receive`: the guest handed bytes over, or took bytes that had come. */
export interface TransferEvent extends SocketEvent {
  remote: IpSocketAddress | undefined;
  bytes: number;
}

/** Payload of `wasock:tcp:shutdown`: the guest ended a direction. */
export interface ShutdownEvent extends SocketEvent {
  how: "receive" | "send" | "both";
}

/** Payload of `wasock:tcp:linger`: a dropped connection was cut before all was delivered. */
export interface LingerEvent extends SocketEvent {
  /** Bytes that were not delivered. */
  bytes: number;
}

/** Payload of `wasock:tcp:error`: a connection broke. */
export interface BrokenEvent extends SocketEvent {
  remote: IpSocketAddress | undefined;
  error: SocketErrorCode;
}

/** Payload of `…:close`: the descriptor of a socket is closed, or it never had one. */
export interface CloseEvent extends SocketEvent {
  /** Bytes that the kernel took from us; TCP only. */
  sent?: number;
  /** Bytes that the kernel gave us, whether the guest took them or not; TCP only. */
  received?: number;
}

/** Payload of `wasock:udp:drop`: a datagram was dropped, as too many waited for the guest. */
export interface DropEvent extends SocketEvent {
  local: IpSocketAddress | undefined;
  bytes: number;
  /** How many datagrams of this socket were dropped so far. */
  count: number;
}

/** Payload of `wasock:udp:error`: the kernel refused or lost a datagram. */
export interface UdpErrorEvent extends SocketEvent {
  direction: "send" | "receive";
  error: SocketErrorCode;
}

/** Payload of `wasock:dns:lookup:start`: a look-up waits for its turn, or is under way. */
export interface LookupStartEvent extends HostEvent {
  /** Which look-up: a number that no other one of the process gets. */
  lookup: number;
  name: string;
}

/** Payload of `wasock:dns:lookup`: a look-up ended. */
export interface LookupEvent extends LookupStartEvent {
  addresses: readonly IpAddress[];
  /** `undefined` when there are addresses. */
  error: SocketErrorCode | undefined;
}

/** Payload of `wasock:policy:grant` and `wasock:policy:refuse`: what the policy answered. */
export interface PolicyEvent extends HostEvent {
  /** What it was asked about; `tcp` and `udp` for a socket of the kind, `http` for a request by `wasi:http`. */
  use: Use | "tcp" | "udp" | "http";
  /** The address, the name, or the method and the URL that was asked for, where there is one. */
  target: IpSocketAddress | string | undefined;
  /** Why it said no, in a few words. */
  reason?: string;
}

/** What each channel says. */
export interface ChannelPayloads {
  "wasock:tcp:bind": BindEvent;
  "wasock:tcp:connect:start": ConnectStartEvent;
  "wasock:tcp:connect": ConnectEvent;
  "wasock:tcp:listen": ListenEvent;
  "wasock:tcp:accept": AcceptEvent;
  "wasock:tcp:overflow": OverflowEvent;
  "wasock:tcp:send": TransferEvent;
  "wasock:tcp:receive": TransferEvent;
  "wasock:tcp:shutdown": ShutdownEvent;
  "wasock:tcp:linger": LingerEvent;
  "wasock:tcp:error": BrokenEvent;
  "wasock:tcp:close": CloseEvent;
  "wasock:udp:bind": BindEvent;
  "wasock:udp:connect": ConnectEvent;
  "wasock:udp:send": TransferEvent;
  "wasock:udp:receive": TransferEvent;
  "wasock:udp:drop": DropEvent;
  "wasock:udp:error": UdpErrorEvent;
  "wasock:udp:close": CloseEvent;
  "wasock:dns:lookup:start": LookupStartEvent;
  "wasock:dns:lookup": LookupEvent;
  "wasock:policy:grant": PolicyEvent;
  "wasock:policy:refuse": PolicyEvent;
}

/** The name of a channel. */
export type ChannelName = keyof ChannelPayloads;

/** A channel whose messages have a type. */
export interface TypedChannel<Name extends ChannelName> {
  readonly name: Name;
  readonly hasSubscribers: boolean;
  publish(message: ChannelPayloads[Name]): void;
}

function typed<Name extends ChannelName>(name: Name): TypedChannel<Name> {
  return channel(name) as Channel as unknown as TypedChannel<Name>;
}

/** The channels of the host. Ask `hasSubscribers` before making a payload. */
export const events: {
  readonly tcpBind: TypedChannel<"wasock:tcp:bind">;
  readonly tcpConnectStart: TypedChannel<"wasock:tcp:connect:start">;
  readonly tcpConnect: TypedChannel<"wasock:tcp:connect">;
  readonly tcpListen: TypedChannel<"wasock:tcp:listen">;
  readonly tcpAccept: TypedChannel<"wasock:tcp:accept">;
  readonly tcpOverflow: TypedChannel<"wasock:tcp:overflow">;
  readonly tcpSend: TypedChannel<"wasock:tcp:send">;
  readonly tcpReceive: TypedChannel<"wasock:tcp:receive">;
  readonly tcpShutdown: TypedChannel<"wasock:tcp:shutdown">;
  readonly tcpLinger: TypedChannel<"wasock:tcp:linger">;
  readonly tcpError: TypedChannel<"wasock:tcp:error">;
  readonly tcpClose: TypedChannel<"wasock:tcp:close">;
  readonly udpBind: TypedChannel<"wasock:udp:bind">;
  readonly udpConnect: TypedChannel<"wasock:udp:connect">;
  readonly udpSend: TypedChannel<"wasock:udp:send">;
  readonly udpReceive: TypedChannel<"wasock:udp:receive">;
  readonly udpDrop: TypedChannel<"wasock:udp:drop">;
  readonly udpError: TypedChannel<"wasock:udp:error">;
  readonly udpClose: TypedChannel<"wasock:udp:close">;
  readonly dnsLookupStart: TypedChannel<"wasock:dns:lookup:start">;
  readonly dnsLookup: TypedChannel<"wasock:dns:lookup">;
  readonly policyGrant: TypedChannel<"wasock:policy:grant">;
  readonly policyRefuse: TypedChannel<"wasock:policy:refuse">;
} = {
  tcpBind: typed("wasock:tcp:bind"),
  tcpConnectStart: typed("wasock:tcp:connect:start"),
  tcpConnect: typed("wasock:tcp:connect"),
  tcpListen: typed("wasock:tcp:listen"),
  tcpAccept: typed("wasock:tcp:accept"),
  tcpOverflow: typed("wasock:tcp:overflow"),
  tcpSend: typed("wasock:tcp:send"),
  tcpReceive: typed("wasock:tcp:receive"),
  tcpShutdown: typed("wasock:tcp:shutdown"),
  tcpLinger: typed("wasock:tcp:linger"),
  tcpError: typed("wasock:tcp:error"),
  tcpClose: typed("wasock:tcp:close"),
  udpBind: typed("wasock:udp:bind"),
  udpConnect: typed("wasock:udp:connect"),
  udpSend: typed("wasock:udp:send"),
  udpReceive: typed("wasock:udp:receive"),
  udpDrop: typed("wasock:udp:drop"),
  udpError: typed("wasock:udp:error"),
  udpClose: typed("wasock:udp:close"),
  dnsLookupStart: typed("wasock:dns:lookup:start"),
  dnsLookup: typed("wasock:dns:lookup"),
  policyGrant: typed("wasock:policy:grant"),
  policyRefuse: typed("wasock:policy:refuse"),
};

let lastNumber = 0;

/** A number for a host, a socket or a look-up, by which its events can be told from those of others. */
export function nextNumber(): number {
  return ++lastNumber;
}
