/** The calls that make more than one system call: what openNetIo, makeListenerSocket and openSocketPair do. */
import { type AddressInfo, requireAddressInfo, writeNames } from "../address-info.ts";
import { type CoreObject, core, requireNetwork } from "../core.ts";
import { callCore, run, type Wait } from "../driver.ts";
import { NetError, type NetErrorContext, requireInteger } from "../errors.ts";
import { writeAddress } from "../sockaddr.ts";
import { requireKind } from "./sockets.ts";
import { failure, forEver } from "./wait.ts";

/**
 * Looks a host and a service up, and connects to the first candidate that can be reached.
 *
 * @returns a socket of the core; rejects with a NetError that says which step failed
 * @throws TypeError or RangeError when an argument is wrong
 */
export function openConnection(
  host: string | null,
  service: string | number,
  { seconds, signal }: Wait = forEver,
): Promise<CoreObject> {
  if (service === null) throw new TypeError("service must be a string or a number, got null");
  requireNetwork();
  const [hostLength, serviceLength] = writeNames(host, service);
  return run(
    undefined,
    () => core.startOpen(hostLength, serviceLength, seconds),
    (result, operation) => {
      if (result === 0) return core.opened(operation);
      const syscall = core.openPhase(operation) === 0 ? "getaddrinfo" : "connect";
      throw failure(result, { syscall, address: host ?? "localhost", port: service });
    },
    signal,
  );
}

/**
 * Makes a socket that listens on the first candidate.
 *
 * @returns a socket of the core; rejects with a NetError that says which step failed
 * @throws TypeError or RangeError when an argument is wrong
 */
export function openListener(ai: AddressInfo, maxConn: number, signal?: AbortSignal): Promise<CoreObject> {
  requireNetwork();
  const { family, socketType, protocol, address } = requireAddressInfo("ai", ai);
  requireInteger("maxConn", maxConn, 0, 2 ** 31 - 1);
  if (address === null) throw new TypeError("ai must have an address, got hints");
  const length = writeAddress(address);
  return run(
    undefined,
    () => core.startListener(family, socketType, protocol, length, maxConn),
    (result, operation) => {
      if (result === 0) return core.listener(operation);
      const syscall = ["socket", "bind", "listen"][core.listenerPhase(operation)] as string;
      const context: NetErrorContext = { syscall, address: address.name, port: address.port };
      throw new NetError(result, context);
    },
    signal,
  );
}

/** Two sockets of the core, or a negative errno. */
export function openPair(
  family: number,
  type: number,
  protocol: number,
): readonly [CoreObject, CoreObject] | number {
  requireKind(family, type, protocol);
  const one = callCore(() => core.pairNew(family, type, protocol));
  return one < 0 ? one : [one, core.pairPeer(one)];
}
