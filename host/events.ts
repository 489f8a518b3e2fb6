/**
 * What can be watched: `node:diagnostics_channel` channels. Nothing is made when nobody subscribes.
 *
 * | channel | payload |
 * |---|---|
 * | `wasock:tcp:connect` | {@link ConnectEvent}: a connection stands, or could not be made |
 * | `wasock:tcp:listen` | {@link ListenEvent} |
 * | `wasock:tcp:accept` | {@link AcceptEvent}: the guest took a connection |
 * | `wasock:tcp:overflow` | {@link OverflowEvent}: a connection was reset, as too many waited for the guest |
 * | `wasock:tcp:linger` | {@link LingerEvent}: a dropped connection was cut before all was delivered |
 * | `wasock:udp:drop` | {@link DropEvent}: a datagram was dropped, as too many waited for the guest |
 * | `wasock:udp:error` | {@link UdpErrorEvent}: the kernel refused or lost a datagram |
 * | `wasock:dns:lookup` | {@link LookupEvent}: a look-up ended |
 * | `wasock:policy:refuse` | {@link RefuseEvent}: the policy said no |
 */
import type { Channel } from "node:diagnostics_channel";
import { channel } from "node:diagnostics_channel";
import type { Use } from "./policy.ts";
import type { IpAddress, IpSocketAddress } from "./sockets/address.ts";
import type { ErrorCode } from "./sockets/errors.ts";

/** Payload of `wasock:tcp:connect`. */
export interface ConnectEvent {
  remote: IpSocketAddress;
  /** `undefined` when the connection stands. */
  error: ErrorCode | undefined;
}

/** Payload of `wasock:tcp:listen`. */
export interface ListenEvent {
  local: IpSocketAddress;
  backlog: number;
}

/** Payload of `wasock:tcp:accept`. */
export interface AcceptEvent {
  local: IpSocketAddress;
  remote: IpSocketAddress;
}

/** Payload of `wasock:tcp:overflow`. */
export interface OverflowEvent {
  local: IpSocketAddress;
  /** How many connections of this listener were reset so far. */
  count: number;
}

/** Payload of `wasock:tcp:linger`. */
export interface LingerEvent {
  /** Bytes that were not delivered. */
  bytes: number;
}

/** Payload of `wasock:udp:drop`. */
export interface DropEvent {
  local: IpSocketAddress | undefined;
  bytes: number;
  /** How many datagrams of this socket were dropped so far. */
  count: number;
}

/** Payload of `wasock:udp:error`. */
export interface UdpErrorEvent {
  direction: "send" | "receive";
  error: ErrorCode;
}

/** Payload of `wasock:dns:lookup`. */
export interface LookupEvent {
  name: string;
  addresses: readonly IpAddress[];
  error: ErrorCode | undefined;
}

/** Payload of `wasock:policy:refuse`. */
export interface RefuseEvent {
  use: Use | "tcp" | "udp";
  /** The address or the name that was asked for, where there is one. */
  target: IpSocketAddress | string | undefined;
}

/** A channel whose messages have a type. */
export interface TypedChannel<Payload> {
  readonly hasSubscribers: boolean;
  publish(message: Payload): void;
}

function typed<Payload>(name: string): TypedChannel<Payload> {
  return channel(`wasock:${name}`) as Channel as TypedChannel<Payload>;
}

/** The channels of the host. Ask `hasSubscribers` before making a payload. */
export const events: {
  readonly tcpConnect: TypedChannel<ConnectEvent>;
  readonly tcpListen: TypedChannel<ListenEvent>;
  readonly tcpAccept: TypedChannel<AcceptEvent>;
  readonly tcpOverflow: TypedChannel<OverflowEvent>;
  readonly tcpLinger: TypedChannel<LingerEvent>;
  readonly udpDrop: TypedChannel<DropEvent>;
  readonly udpError: TypedChannel<UdpErrorEvent>;
  readonly dnsLookup: TypedChannel<LookupEvent>;
  readonly policyRefuse: TypedChannel<RefuseEvent>;
} = {
  tcpConnect: typed("tcp:connect"),
  tcpListen: typed("tcp:listen"),
  tcpAccept: typed("tcp:accept"),
  tcpOverflow: typed("tcp:overflow"),
  tcpLinger: typed("tcp:linger"),
  udpDrop: typed("udp:drop"),
  udpError: typed("udp:error"),
  dnsLookup: typed("dns:lookup"),
  policyRefuse: typed("policy:refuse"),
};
