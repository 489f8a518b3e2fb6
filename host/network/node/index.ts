/**
 * The system's network, on `node:net`, `node:dgram` and `node:dns`.
 */
import { systemTime } from "../../io/time.ts";
import { bun, isWindows } from "../../runtime/features.ts";
import { isBrowser } from "../../runtime/kind.ts";
import { absentNetwork } from "../absent.ts";
import type { Network } from "../network.ts";
import { zoneName } from "../zones.ts";
import { bindByListening } from "./listening-port.ts";
import { queryForGuest } from "./system-names.ts";
import { bindTcp } from "./tcp-port.ts";
import { openTransport, type TransportSource } from "./transport.ts";
import { bindUdp } from "./udp-port.ts";

/** The network of a host that is given no other. */
export const nodeNetwork: Network = isBrowser
  ? absentNetwork
  : {
      ...systemTime,
      bindTcp: bun === undefined ? bindTcp : bindByListening.bind(undefined, bun),
      openTcp(from, listener, queueLimit) {
        if (from === undefined) return openTransport(undefined, listener, queueLimit);
        // ports and arrivals are ours
        return (from as unknown as TransportSource).open(listener, queueLimit);
      },
      bindUdp,
      lookUp: queryForGuest,
      // Windows takes numbers for zones, whatever they are
      hasZone: (scopeId) => isWindows || zoneName(scopeId) !== undefined,
    };
