/**
 * `wasi:sockets/network` and `wasi:sockets/instance-network`.
 */
import { IoError } from "../io/streams.ts";
import { type ErrorCode, nameOf } from "./network-errors.ts";

/** `wasi:sockets/network.network`. There is one kind; what a guest may do with it is the host's policy. */
export class Network {
  /** Nothing to let go of. */
  [Symbol.dispose](): void {}
}

/** `wasi:sockets/instance-network.instance-network`: a new handle each time. */
export function instanceNetwork(): Network {
  return new Network();
}

/**
 * `wasi:sockets/network.network-error-code`.
 *
 * @param error what a stream failed with
 * @returns the network's code for it, or `undefined` when it is no error of the network
 */
export function networkErrorCode(error: IoError): ErrorCode | undefined {
  return error instanceof IoError ? nameOf(error.code) : undefined;
}
