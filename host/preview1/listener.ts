/** Where preview 1 programs listen. */
import { type IpSocketAddress, parseIp, withPort } from "../network/address.ts";

/**
 * Reads where a program is to listen.
 *
 * @param text such as `tcp://127.0.0.1:8080`, `tcp://[::1]:0`
 * @throws TypeError
 */
export function parseListener(text: string): IpSocketAddress {
  const [, literal, port] = /^tcp:\/\/(.+):(\d{1,5})$/.exec(text) ?? [];
  const ip = literal === undefined ? undefined : parseIp(literal);
  if (ip === undefined || Number(port) > 65535) {
    throw new TypeError(
      `listen: ${text} is not understood; it is to look like tcp://127.0.0.1:8080 or tcp://[::1]:0`,
    );
  }
  return withPort(ip, Number(port));
}
