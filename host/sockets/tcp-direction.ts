/**
 * The states of a direction of a TCP connection, and how either tells the socket of events.
 */
import type { TypedChannel } from "../events/channels.ts";
import type { IpSocketAddress } from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { SocketContext } from "./context.ts";

/** How a direction stands. */
export type Direction =
  | "open"
  /** The peer ended it, or we did. */
  | "closed"
  /** It broke, and nobody was told yet. */
  | "failed";

/** What a connection tells its endpoint, and what it has to know of it. */
export interface ConnectionEvents {
  /** Which socket it is, in events. */
  readonly id: number;
  readonly context: SocketContext;
  /** The address of the peer. */
  readonly peer: IpSocketAddress | undefined;
  /** The connection stands, or could not be made. */
  onConnectOutcome(error: SocketErrorCode | undefined): void;
  /** The descriptor is closed. */
  onClosed(): void;
}

/** Publishes that bytes were moved. */
export function tellTransfer(
  channel: TypedChannel<"wasock:tcp:send" | "wasock:tcp:receive">,
  { id, context, peer }: ConnectionEvents,
  bytes: number,
): void {
  channel.publish({ host: context.id, socket: id, remote: peer, bytes });
}
