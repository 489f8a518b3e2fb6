/** The library on another network than the system's. */
import type { HostOptions } from "../host/index.ts";
import type { Network } from "../host/network/network.ts";
import { hostOn, onHost } from "./core.ts";
import { show } from "./errors.ts";
import * as addresses from "./functions/addresses.ts";
import { lastError } from "./functions/last-error.ts";
import * as messages from "./functions/messages.ts";
import * as net from "./functions/net.ts";
import * as sockets from "./functions/sockets.ts";
import { Socket } from "./socket.ts";

type Functions = typeof addresses &
  typeof messages &
  typeof net &
  typeof sockets & { lastError: typeof lastError };

const functions: Functions = { ...addresses, ...messages, ...net, ...sockets, lastError };

/** How far the library goes on a network, and who is told. */
export type LibraryOptions = Pick<HostOptions, "policy" | "caps" | "audit" | "trace">;

/** The library's functions and its class `Socket`, on one network. What is done with a socket is done on its own. */
export type Library = Functions & {
  readonly Socket: typeof Socket;
  /** Its number in events (docs/observability.md). */
  readonly id: number;
  /** Closes all sockets of the library on this network, and gives up what waits there; idempotent. */
  closeAll(): void;
};

/**
 * Gives the library on another network: one in memory (`wasock/testing`), or one that stands before the system's.
 *
 * @param network where its sockets, names and clock are
 * @param options what may be done there, and who is told, as of `createHost`; default all, and nobody
 * @throws TypeError when it is no network, and for an option that there is not
 */
export function onNetwork(network: Network, options: LibraryOptions = {}): Library {
  // a host without one is on the system's: nobody who forgot theirs is to find themselves there
  if (typeof network !== "object" || network === null) {
    throw new TypeError(`network must be a Network, and is ${show(network)}`);
  }
  const host = hostOn(network, options);
  const bound = <F extends (...args: never[]) => unknown>(call: F): F =>
    ((...args: never[]) => onHost(host, () => call(...args))) as F;
  const own = Object.fromEntries(Object.entries(functions).map(([name, call]) => [name, bound(call)]));
  const statics = new Map<unknown, unknown>();
  const OwnSocket = new Proxy(Socket, {
    construct: (target, args, made) => onHost(host, () => Reflect.construct(target, args, made) as object),
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === "prototype" || typeof value !== "function") return value;
      if (!statics.has(value)) statics.set(value, bound(value.bind(target) as () => unknown));
      return statics.get(value);
    },
  });
  return Object.freeze({
    ...(own as unknown as Functions),
    Socket: OwnSocket,
    id: host.host.id,
    closeAll: () => {
      host.isSilent = network.isOver?.() === true;
      if (!host.isSilent) host.host.close();
      for (const socket of host.open ?? []) void socket.close();
      host.isSilent = false;
    },
  });
}
