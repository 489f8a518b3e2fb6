/** A network behind a relay: all connections and datagrams in one WebSocket, by the protocol Wisp. */
import { systemTime } from "../../io/time.ts";
import { requireKnownKeys } from "../../messages/known-keys.ts";
import { addressText, type IpSocketAddress, ipOf, withPort } from "../address.ts";
import type { SocketErrorCode } from "../errors.ts";
import type { Network } from "../network.ts";
import { Link, type WebSocketConstructor } from "./link.ts";
import { RelayTransport } from "./tcp.ts";
import { RelayUdpPort } from "./udp.ts";

export type { WebSocketConstructor, WebSocketLike } from "./link.ts";

/** How a relay is reached. */
export interface RelayOptions {
  /** The class `WebSocket`; default the runtime's own, which Node has from 22 on. Before, the package `ws` has one. */
  readonly WebSocket?: WebSocketConstructor;
}

/** A network behind a relay. */
export interface RelayNetwork extends Network {
  /** Ends the connection to the relay, and all within it. The next one that is wanted makes another. */
  close(): void;
}

/** Names are the relay's to look up: here each has an address that stands for it, of a range that nobody has (RFC 2544). */
class Names {
  readonly #byName: Map<string, string> = new Map();
  readonly #byAddress: Map<string, string> = new Map();
  #next = 0;

  /** The address that stands for a name. */
  addressOf(name: string): string {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    this.#next = (this.#next % MOST_NAMES) + 1;
    const address = `198.${18 + (this.#next >> 16)}.${(this.#next >> 8) & 255}.${this.#next & 255}`;
    // after so many the first is forgotten
    const before = this.#byAddress.get(address);
    if (before !== undefined) this.#byName.delete(before);
    this.#byName.set(name, address);
    this.#byAddress.set(address, name);
    return address;
  }

  /** The name that an address stands for, or the address itself. */
  nameOf(address: string): string {
    return this.#byAddress.get(address) ?? address;
  }
}

const MOST_NAMES = 0x1ffff;

/**
 * A network whose connections and datagrams go through a relay, as `wasock relay` is one: for pages, which have no sockets.
 *
 * Names are looked up by the relay, so that here each has an address of 198.18.0.0/15 that stands for it, and one that there is not
 * fails when it is connected to, with EHOSTUNREACH; what the relay's policy refuses, with EACCES. There are no listeners, and no options of
 * sockets. With other relays than ours a half-close is not told to the peer, who reads its end when the socket is closed.
 *
 * @param url where the relay is, as `ws://127.0.0.1:6001/`
 * @param options a class `WebSocket`, where the runtime has none
 * @throws TypeError for an option that there is not, where there is no `WebSocket`, and for what is no URL
 */
export function createRelayNetwork(url: string | URL, options: RelayOptions = {}): RelayNetwork {
  requireKnownKeys("options", "option of a relay", options, ["WebSocket"]);
  const { WebSocket = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket } = options;
  if (typeof WebSocket !== "function") {
    throw new TypeError(
      "there is no WebSocket here (Node has it from 22 on): give one as the option WebSocket",
    );
  }
  const { href, protocol } = new URL(url);
  if (protocol !== "ws:" && protocol !== "wss:")
    throw new TypeError(`a relay is at ws: or wss:, not ${protocol}`);
  const link = new Link(href, WebSocket);
  const names = new Names();
  const nameOf = (address: IpSocketAddress): string => names.nameOf(addressText(address));
  let lastPort = 49_151;
  return {
    ...systemTime,
    bindTcp() {
      throw "ENOTSUP" satisfies SocketErrorCode;
    },
    openTcp: (_, listener) => new RelayTransport(link, listener, nameOf),
    bindUdp(local, listener) {
      lastPort = lastPort === 65_535 ? 49_152 : lastPort + 1;
      const own = local.val.port === 0 ? withPort(ipOf(local), lastPort) : local;
      return new RelayUdpPort(link, own, listener, nameOf);
    },
    lookUp: (name) => ({ addresses: Promise.resolve([names.addressOf(name)]), cancel: () => {} }),
    hasZone: () => false,
    close: () => link.close(),
  };
}
