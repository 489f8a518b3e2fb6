/** `wasi:sockets/ip-name-lookup` of WASI 0.3. */
import type { Later } from "../abi/async/later.ts";
import type { IpAddress } from "../network/address.ts";
import type { SocketContext } from "../sockets/context.ts";
import { type Lookup, startLookup } from "../sockets/resolver.ts";
import { namedLookup } from "./socket-errors.ts";
import { whenReady } from "./when-ready.ts";

/** All addresses of a look-up that is over. */
function addressesOf(lookup: Lookup): IpAddress[] {
  const addresses: IpAddress[] = [];
  for (let next = lookup.next(); next !== undefined; next = lookup.next()) addresses.push(next);
  return addresses;
}

function resolveAddresses(context: SocketContext, name: string): IpAddress[] | Later {
  let lookup: Lookup;
  try {
    lookup = startLookup(context, name);
  } catch (thrown) {
    throw namedLookup(thrown);
  }
  return whenReady(
    lookup,
    () => (lookup.isOver ? { value: addressesOf(lookup) } : undefined),
    () => lookup.close(),
    namedLookup,
  );
}

/** Makes `wasi:sockets/ip-name-lookup` for one host. */
export function ipNameLookup(context: SocketContext): object {
  return { resolveAddresses: (name: string) => resolveAddresses(context, name) };
}
