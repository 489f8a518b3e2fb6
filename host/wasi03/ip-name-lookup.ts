/** `wasi:sockets/ip-name-lookup` of WASI 0.3. */
import { Later } from "../abi/later.ts";
import type { Waiter } from "../io/poll.ts";
import type { IpAddress } from "../sockets/address.ts";
import type { SocketContext } from "../sockets/context.ts";
import { type Lookup, startLookup } from "../sockets/resolver.ts";
import { namedLookup } from "./socket-errors.ts";

/** All addresses of a look-up that is over. */
function addressesOf(lookup: Lookup): IpAddress[] {
  const addresses: IpAddress[] = [];
  try {
    for (let next = lookup.next(); next !== undefined; next = lookup.next()) addresses.push(next);
    return addresses;
  } catch (thrown) {
    throw namedLookup(thrown);
  } finally {
    lookup.close();
  }
}

function resolveAddresses(context: SocketContext, name: string): IpAddress[] | Later {
  let lookup: Lookup;
  try {
    lookup = startLookup(context, name);
  } catch (thrown) {
    throw namedLookup(thrown);
  }
  if (lookup.isOver) return addressesOf(lookup);
  const later = new Later(() => {
    lookup.removeWaiter(waiter);
    lookup.close();
  });
  const waiter: Waiter = {
    wake() {
      lookup.removeWaiter(waiter);
      try {
        later.resolve(addressesOf(lookup));
      } catch (error) {
        later.reject(error);
      }
    },
  };
  lookup.addWaiter(waiter);
  return later;
}

/** Makes `wasi:sockets/ip-name-lookup` for one host. */
export function ipNameLookup(context: SocketContext): object {
  return { resolveAddresses: (name: string) => resolveAddresses(context, name) };
}
