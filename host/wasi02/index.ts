/**
 * The import object of WASI 0.2 sockets, in the shape that jco maps imports to.
 */
import type { MonotonicClock } from "../io/clock.ts";
import { monotonicClock } from "../io/clock.ts";
import { Pollable, poll } from "../io/poll.ts";
import { InputStream, IoError, OutputStream } from "../io/streams.ts";
import type { IpAddressFamily } from "../network/address.ts";
import type { SocketContext } from "../sockets/context.ts";
import { startLookup } from "../sockets/resolver.ts";
import { TcpEndpoint } from "../sockets/tcp.ts";
import { UdpEndpoint } from "../sockets/udp.ts";
import type { Faces } from "../wit/wasi02.ts";
import { ResolveAddressStream } from "./ip-name-lookup.ts";
import { instanceNetwork, Network, networkErrorCode } from "./network.ts";
import { asNamed, type ErrorCode } from "./network-errors.ts";
import { TcpSocket } from "./tcp.ts";
import { IncomingDatagramStream, OutgoingDatagramStream, UdpSocket } from "./udp.ts";

/** The interfaces that every host has. */
type Served = Extract<keyof Faces, `wasi:${"io" | "sockets"}/${string}` | "wasi:clocks/monotonic-clock">;

/** What a guest of WASI 0.2 imports, by interface name without version. */
export interface Wasi02Imports extends Pick<Faces, Served> {
  "wasi:io/error": { Error: typeof IoError };
  "wasi:io/poll": { Pollable: typeof Pollable; poll: typeof poll };
  "wasi:io/streams": { InputStream: typeof InputStream; OutputStream: typeof OutputStream };
  "wasi:clocks/monotonic-clock": MonotonicClock;
  "wasi:sockets/network": { Network: typeof Network; networkErrorCode: typeof networkErrorCode };
  "wasi:sockets/instance-network": { instanceNetwork: typeof instanceNetwork };
  "wasi:sockets/tcp": { TcpSocket: typeof TcpSocket };
  "wasi:sockets/tcp-create-socket": {
    /** Throws `access-denied` where TCP is not allowed at all, and `new-socket-limit`. */
    createTcpSocket(addressFamily: IpAddressFamily): TcpSocket;
  };
  "wasi:sockets/udp": {
    UdpSocket: typeof UdpSocket;
    IncomingDatagramStream: typeof IncomingDatagramStream;
    OutgoingDatagramStream: typeof OutgoingDatagramStream;
  };
  "wasi:sockets/udp-create-socket": {
    /** Throws `access-denied` where UDP is not allowed at all, and `new-socket-limit`. */
    createUdpSocket(addressFamily: IpAddressFamily): UdpSocket;
  };
  "wasi:sockets/ip-name-lookup": {
    ResolveAddressStream: typeof ResolveAddressStream;
    /**
     * Throws `invalid-argument` for what is no name, `permanent-resolver-failure` where look-ups are refused, and
     * `temporary-resolver-failure` where the guest holds too many streams.
     */
    resolveAddresses(network: Network, name: string): ResolveAddressStream;
  };
}

/** The minor versions of WASI 0.2 whose names are served beside those without one. */
const MINORS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;

/**
 * The same under the names with versions that an `ImportObject` of jco's has, so that `host.imports` is one. The classes there have
 * private constructors, which no class but their own is assignable to: what these properties are has no type, and code
 * of one's own takes the names without a version.
 */
export type VersionedImports = {
  readonly [Name in `${keyof Wasi02Imports}@0.2.${(typeof MINORS)[number]}`]: never;
};

/** The names with versions: an object's own are those without. */
const versioned: object = Object.create(null);

function serveVersions(names: readonly string[]): void {
  for (const name of names) {
    for (const minor of MINORS) {
      const get = function (this: Record<string, unknown>): unknown {
        return this[name];
      };
      Object.defineProperty(versioned, `${name}@0.2.${minor}`, { get, configurable: true });
    }
  }
}

/**
 * Makes the import object of one host.
 *
 * @param context what the sockets of the host share
 */
export function wasi02Imports(context: SocketContext): Wasi02Imports & VersionedImports {
  const imports = unversioned(context);
  if (!("wasi:io/poll@0.2.0" in versioned)) serveVersions(Object.keys(imports));
  return Object.setPrototypeOf(imports, versioned);
}

function unversioned(context: SocketContext): Wasi02Imports {
  return {
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": { Pollable, poll },
    "wasi:io/streams": { InputStream, OutputStream },
    "wasi:clocks/monotonic-clock": monotonicClock(context.root),
    "wasi:sockets/network": { Network, networkErrorCode },
    "wasi:sockets/instance-network": { instanceNetwork },
    "wasi:sockets/tcp": { TcpSocket },
    "wasi:sockets/tcp-create-socket": {
      createTcpSocket: (family) => new TcpSocket(asNamed(() => new TcpEndpoint(context, family))),
    },
    "wasi:sockets/udp": { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
    "wasi:sockets/udp-create-socket": {
      createUdpSocket: (family) => new UdpSocket(asNamed(() => new UdpEndpoint(context, family))),
    },
    "wasi:sockets/ip-name-lookup": {
      ResolveAddressStream,
      resolveAddresses: (_network, name) => {
        if (!context.ledger.hasStreams(1)) throw "temporary-resolver-failure" satisfies ErrorCode;
        return new ResolveAddressStream(asNamed(() => startLookup(context, name)));
      },
    },
  };
}
