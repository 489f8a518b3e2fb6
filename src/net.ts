/** Connections by name: openNetIo and withNetIo. */
import { writeNames } from "./address-info.ts";
import { run } from "./await.ts";
import { SocketType } from "./constants.ts";
import { core } from "./core.ts";
import { NetError, show } from "./errors.ts";
import { InputPort, OutputPort } from "./ports.ts";
import { abandon, type Socket, socketOf } from "./socket.ts";

/** Connects to the first candidate that can be reached; the connection, or why there is none. */
function open(host: string | null, service: string | number): Promise<Socket | NetError> {
  if (service === null) throw new TypeError("service must be a string or a number, got null");
  const [hostLength, serviceLength] = writeNames(host, service);
  return run(core.startOpen(hostLength, serviceLength), (result, operation) => {
    if (result < 0) {
      const syscall = core.openPhase(operation) === 0 ? "getaddrinfo" : "connect";
      return new NetError(result, { syscall, address: host ?? "localhost", port: service });
    }
    const object = core.opened(operation);
    return socketOf(object, core.socketFamily(object), SocketType.stream);
  });
}

/**
 * Opens a connection: looks `host` up and tries each candidate in turn.
 *
 * @param host a name or an address literal; null for the loopback
 * @param service a name such as `"http"`, or a port
 * @returns the socket and its two ports, which close it when both have ended; null when no candidate
 *   could be reached
 * @throws TypeError or RangeError when an argument is wrong
 */
export function openNetIo(
  host: string | null,
  service: string | number,
): Promise<[Socket, InputPort, OutputPort] | null> {
  return open(host, service).then((socket) => {
    return socket instanceof NetError ? null : [socket, new InputPort(socket), new OutputPort(socket)];
  });
}

/**
 * Opens a connection, calls `proc` with its ports, and closes it whatever happens.
 *
 * When `proc` has returned, what it wrote still goes out; when it has failed, the connection is closed at
 * once. A port that fails meanwhile says so to whoever uses it, and is no unhandled error.
 *
 * @param proc gets the input and the output port
 * @returns what `proc` returned; rejects with a NetError when no connection can be made or when what was
 *   written could not go out, and with whatever `proc` throws
 * @throws TypeError or RangeError when an argument is wrong
 */
export function withNetIo<T>(
  host: string | null,
  service: string | number,
  proc: (input: InputPort, output: OutputPort) => T | Promise<T>,
): Promise<T> {
  if (typeof proc !== "function") throw new TypeError(`proc must be a function, got ${show(proc)}`);
  return open(host, service).then(async (socket) => {
    if (socket instanceof NetError) throw socket;
    const input = new InputPort(socket).on("error", ignore);
    const output = new OutputPort(socket).on("error", ignore);
    try {
      const result = await proc(input, output);
      await finish(output);
      await socket.close();
      return result;
    } catch (error) {
      await abandon(socket);
      throw error;
    }
  });
}

function ignore(): void {}

// Lets what was written go out.
function finish(output: OutputPort): Promise<void> {
  return new Promise((resolve, reject) => {
    if (output.closed) resolve();
    output.once("error", reject);
    output.once("close", resolve);
    output.end();
  });
}
