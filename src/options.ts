/** Socket options: the core turns level, name and value into what reaches the system, and back. */
import { callCore } from "./await.ts";
import { core } from "./core.ts";
import { requireInteger } from "./errors.ts";
import { coreSocket, type Socket } from "./socket.ts";

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/**
 * The value of an option.
 *
 * @param level one of `Level`
 * @param name one of `SocketOpt`, `TcpOpt`, `IpOpt` or `Ipv6Opt`; times are in milliseconds (rcvtimeo,
 *   sndtimeo) or seconds (keepidle, keepintvl)
 * @returns the value, or null when there is no such option here (ENOPROTOOPT)
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see getsockopt(2), socket(7), tcp(7)
 */
export function getSocketOption(socket: Socket, level: number, name: number): number | null {
  const object = coreSocket(socket, "getsockopt");
  requireInteger("level", level, 0, INT_MAX);
  requireInteger("name", name, 0, INT_MAX);
  const result = callCore(() => core.socketGetOption(object, level, name));
  return result < 0 ? null : result;
}

/**
 * Sets an option: it reaches the system, or it acts in the core, or the call fails. None is only remembered.
 *
 * @param level one of `Level`
 * @param name as for {@link getSocketOption}
 * @param value a number; 0 and 1 for options that are off or on
 * @returns whether it was set
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function setSocketOption(socket: Socket, level: number, name: number, value: number): boolean {
  const object = coreSocket(socket, "setsockopt");
  requireInteger("level", level, 0, INT_MAX);
  requireInteger("name", name, 0, INT_MAX);
  requireInteger("value", value, INT_MIN, INT_MAX);
  return callCore(() => core.socketSetOption(object, level, name, value)) === 0;
}
