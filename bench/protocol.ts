/** What the peer process offers, and what it does when it is asked to: connect, read, send datagrams. */

/** The ports of the services, on 127.0.0.1. */
export interface PeerPorts {
  /** Sends back what comes; resets a connection that its client has ended, so that no port stays taken. */
  readonly echo: number;
  /** Reads a count, 8 bytes big-endian, and sends as many bytes; then it ends. */
  readonly source: number;
  /** Reads, and says nothing; ends a connection that its client has ended. */
  readonly discard: number;
  /** Sends datagrams back to their sender. */
  readonly udpEcho: number;
  /** Takes datagrams. */
  readonly udpDiscard: number;
  /** Takes orders; see orders.ts. */
  readonly orders: number;
}

/** An order. `port` is where to, on 127.0.0.1. */
export type Order =
  /** Make so many connections, and keep them until they are closed. */
  | { readonly do: "clients"; readonly port: number; readonly count: number }
  /** Connect, and read to the end. */
  | { readonly do: "drain"; readonly port: number }
  /** Send so many datagrams. */
  | { readonly do: "flood"; readonly port: number; readonly size: number; readonly count: number };

/** How many connections, bytes or datagrams it were, or what went wrong. */
export type Answer = { readonly count: number } | { readonly error: string };
