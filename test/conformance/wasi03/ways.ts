/** The ways in which a guest of WASI 0.3 waits. */
import { createNetwork } from "../../../host/network/virtual/index.ts";
import { hasJspi } from "../../../host/runtime/features.ts";
import type { Way } from "../way.ts";
import { Guest } from "./guest.ts";

const can = { blocking: true, functions: true, system: true };

/** A machine of a network in memory, where no other program is; with addresses as the routes' namespace has. */
const { network } = createNetwork({ seed: 1 }).host("one", ["192.0.2.1", "2001:db8::1"]);

/** Every way that this runtime has. */
export const ways: readonly Way<Guest>[] = [
  { name: "in callbacks", can, open: (options) => Guest.make(false, options) },
  ...(hasJspi
    ? [{ name: "suspended", can, open: (options) => Guest.make(true, options) } satisfies Way<Guest>]
    : []),
  {
    name: "in callbacks, in memory",
    can: { ...can, system: false },
    open: (options) => Guest.make(false, { network, ...options }),
  },
];
