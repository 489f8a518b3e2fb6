/** The ways in which a guest of WASI 0.3 waits. */
import { hasJspi } from "../../../host/runtime/features.ts";
import type { Way } from "../way.ts";
import { Guest } from "./guest.ts";

const can = { blocking: true, functions: true, system: true };

/** Every way that this runtime has. */
export const ways: readonly Way<Guest>[] = [
  { name: "in callbacks", can, open: (options) => Guest.make(false, options) },
  ...(hasJspi
    ? [{ name: "suspended", can, open: (options) => Guest.make(true, options) } satisfies Way<Guest>]
    : []),
];
