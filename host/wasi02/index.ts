/**
 * The import object of WASI 0.2 sockets, in the shape that jco maps imports to.
 */
import type { MonotonicClock } from "../io/clock.ts";
import { monotonicClock } from "../io/clock.ts";
import { Pollable, poll } from "../io/poll.ts";
import { InputStream, IoError, OutputStream } from "../io/streams.ts";
import type { SocketContext } from "../sockets/context.ts";
import type { Faces } from "../wit/wasi02.ts";
import type { IpNameLookup } from "./ip-name-lookup.ts";
import { ipNameLookup } from "./ip-name-lookup.ts";
import { instanceNetwork, Network, networkErrorCode } from "./network.ts";
import type { TcpCreateSocket } from "./tcp.ts";
import { TcpSocket, tcpCreateSocket } from "./tcp.ts";
import type { UdpCreateSocket } from "./udp.ts";
import { IncomingDatagramStream, OutgoingDatagramStream, UdpSocket, udpCreateSocket } from "./udp.ts";

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
  "wasi:sockets/tcp-create-socket": TcpCreateSocket;
  "wasi:sockets/udp": {
    UdpSocket: typeof UdpSocket;
    IncomingDatagramStream: typeof IncomingDatagramStream;
    OutgoingDatagramStream: typeof OutgoingDatagramStream;
  };
  "wasi:sockets/udp-create-socket": UdpCreateSocket;
  "wasi:sockets/ip-name-lookup": IpNameLookup;
}

/**
 * Makes the import object of one host.
 *
 * @param context what the sockets of the host share
 */
export function wasi02Imports(context: SocketContext): Wasi02Imports {
  return {
    "wasi:io/error": { Error: IoError },
    "wasi:io/poll": { Pollable, poll },
    "wasi:io/streams": { InputStream, OutputStream },
    "wasi:clocks/monotonic-clock": monotonicClock(context.root),
    "wasi:sockets/network": { Network, networkErrorCode },
    "wasi:sockets/instance-network": { instanceNetwork },
    "wasi:sockets/tcp": { TcpSocket },
    "wasi:sockets/tcp-create-socket": tcpCreateSocket(context),
    "wasi:sockets/udp": { UdpSocket, IncomingDatagramStream, OutgoingDatagramStream },
    "wasi:sockets/udp-create-socket": udpCreateSocket(context),
    "wasi:sockets/ip-name-lookup": ipNameLookup(context),
  };
}
