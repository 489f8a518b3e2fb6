/**
 * The system's network, on `node:net`, `node:dgram` and `node:dns`.
 */
import { systemTime } from "../../io/time.ts";
import { isWindows } from "../../runtime/features.ts";
import type { Network } from "../network.ts";
import { zoneName } from "../zones.ts";
import { queryForGuest } from "./system-names.ts";
import type { TcpHandle } from "./tcp-handle.ts";
import { bindTcp } from "./tcp-port.ts";
import { openTransport } from "./transport.ts";
import { bindUdp } from "./udp-port.ts";

/** The network of a host that is given no other. */
export const nodeNetwork: Network = {
  ...systemTime,
  bindTcp,
  openTcp(from, listener, queueLimit) {
    // both of ours have one
    const { handle } = (from ?? {}) as { handle?: TcpHandle };
    return openTransport(handle, listener, queueLimit);
  },
  bindUdp,
  lookUp: queryForGuest,
  // Windows takes numbers for zones, whatever they are
  hasZone: (scopeId) => isWindows || zoneName(scopeId) !== undefined,
};
