/** What the library's host tells its core about options, beyond WASI: the imports `wasock:host/options`. */
import type { SocketErrorCode } from "../host/network/errors.ts";
import { HOST_OPTIONS, type HostOption } from "../host/sockets/option-table.ts";
import type { ReachableOption } from "../host/sockets/options.ts";
import type { TcpSocket } from "../host/wasi02/tcp.ts";
import type { UdpSocket } from "../host/wasi02/udp.ts";

/** Linux's numbers for what an earlier call may leave behind. */
const errnos: Readonly<Partial<Record<SocketErrorCode, number>>> = {
  EACCES: 13,
  EPERM: 13,
  EHOSTDOWN: 113,
  EHOSTUNREACH: 113,
  ENETDOWN: 113,
  ENETUNREACH: 113,
  ENONET: 113,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
};
const EIO = 5;

/** `SO_ERROR` of the host's socket: the number of the error that no call has told yet, which is thereby told; or 0. */
export function takeErrorOf({ endpoint }: TcpSocket | UdpSocket): number {
  const code = endpoint.takeError();
  return code === undefined ? 0 : (errnos[code] ?? EIO);
}

/** Linux's ENOPROTOOPT. */
const ENOPROTOOPT = 92;

/** Functions that the core imports; handles are those of WASI sockets. */
export interface HostOptionImports {
  /** Whether an option reaches the system: 1 or 0. */
  reaches(handle: number, option: number): number;
  /** An option that WASI does not have, or a negative error number. */
  get(handle: number, option: number): number;
  /** Sets one: 0, or a negative error number. */
  set(handle: number, option: number, value: number): number;
}

/**
 * Makes the imports.
 *
 * @param socketOf the host's socket behind a handle
 */
export function hostOptionImports(socketOf: (handle: number) => TcpSocket | UdpSocket): HostOptionImports {
  return {
    reaches(handle, option) {
      return socketOf(handle).endpoint.options.reaches(HOST_OPTIONS[option] as ReachableOption) ? 1 : 0;
    },
    get(handle, option) {
      const { options } = socketOf(handle).endpoint;
      const name = HOST_OPTIONS[option] as HostOption;
      return options.has(name) ? options.get(name) : -ENOPROTOOPT;
    },
    set(handle, option, value) {
      const { options } = socketOf(handle).endpoint;
      const name = HOST_OPTIONS[option] as HostOption;
      if (!options.has(name)) return -ENOPROTOOPT;
      options.set(name, value);
      return 0;
    },
  };
}
