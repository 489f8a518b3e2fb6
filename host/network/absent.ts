/** The network of a browser, which has none: time and chance, and no way out. */
import { systemTime } from "../io/time.ts";
import { Warnings } from "../messages/answers.ts";
import { NO_NETWORK } from "../runtime/kind.ts";
import type { SocketErrorCode } from "./errors.ts";
import type { Network } from "./network.ts";

const warnings = new Warnings();

function absent(): never {
  warnings.give(NO_NETWORK);
  throw "ENETDOWN" satisfies SocketErrorCode;
}

/** It says once what to do; guests are told that the network is down. */
export const absentNetwork: Network = {
  ...systemTime,
  bindTcp: absent,
  openTcp: absent,
  bindUdp: absent,
  lookUp: absent,
  hasZone: () => false,
};
