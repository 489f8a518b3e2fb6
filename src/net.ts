/** Connections by name: openNetIo and withNetIo. */
import { writeNames } from "./address-info.ts";
import { Pending } from "./await.ts";
import { SocketType } from "./constants.ts";
import { type CoreObject, core } from "./core.ts";
import { NetError } from "./errors.ts";
import { type InputPort, type OutputPort, portsOf } from "./ports.ts";
import { getPeerName, Socket } from "./socket.ts";

class Open extends Pending<CoreObject> {
  protected override finish(result: number): CoreObject {
    return result < 0 ? result : core.opened(this.operation);
  }
}

/** A connection, or a negative error number: that of the look-up, or of the last candidate. */
async function open(host: string | null, service: string | number): Promise<Socket | number> {
  const [hostLength, serviceLength] = writeNames(host, service);
  const object = await new Promise<CoreObject>((resolve, reject) => {
    const operation = core.startOpen(hostLength, serviceLength);
    new Open(operation, (result, error) => (error === undefined ? resolve(result) : reject(error))).advance();
  });
  if (object < 0) return object;
  const socket = Socket.of(object, 0, SocketType.stream);
  const family = getPeerName(socket)?.family;
  return family === undefined ? socket : Socket.of(object, family, SocketType.stream);
}

/**
 * Opens a connection: looks `host` up and tries each candidate in turn.
 *
 * @param host a name or an address literal; null for the loopback
 * @param service a name such as `"http"`, or a port
 * @returns the socket and its two ports, which close it when both have ended; null when no candidate
 *   could be reached
 */
export async function openNetIo(
  host: string | null,
  service: string | number,
): Promise<[Socket, InputPort, OutputPort] | null> {
  const socket = await open(host, service);
  return typeof socket === "number" ? null : [socket, ...portsOf(socket)];
}

/**
 * Opens a connection, calls `proc` with its ports, and closes it whatever happens.
 *
 * @param proc gets the input and the output port
 * @returns what `proc` returned
 * @throws NetError when no connection can be made; whatever `proc` throws
 */
export async function withNetIo<T>(
  host: string | null,
  service: string | number,
  proc: (input: InputPort, output: OutputPort) => T | Promise<T>,
): Promise<T> {
  const socket = await open(host, service);
  if (typeof socket === "number") {
    throw new NetError(socket, { syscall: "connect", address: host ?? "localhost", port: service });
  }
  const [input, output] = portsOf(socket);
  try {
    return await proc(input, output);
  } finally {
    await finish(output);
    input.destroy();
    output.destroy();
    await socket.close();
  }
}

// Lets what was written go out before the connection is closed.
function finish(output: OutputPort): Promise<void> {
  if (output.destroyed || output.writableFinished) return Promise.resolve();
  return new Promise((resolve) => {
    output.once("error", () => resolve());
    output.once("close", () => resolve());
    output.end(() => resolve());
  });
}
