// Connections by name, for AssemblyScript programs.

import { blockOn } from "../../drivers/block";
import { OpenOperation } from "../../operation/compound";
import { Socket } from "../../socket/socket";
import { serviceText, utf8 } from "./addresses";
import { describeFailure, lastError, place, recordError } from "./failure";
import { InputPort, OutputPort, SocketInput, SocketOutput } from "./ports";

/** A connection and its two ports. */
@final
export class NetIo {
  input: InputPort;
  output: OutputPort;
  constructor(public socket: Socket) {
    this.input = new SocketInput(socket);
    this.output = new SocketOutput(socket);
  }
}

/** Looks `host` up and tries each candidate in turn; null when none could be reached. */
export function openNetIo<S>(host: string | null, service: S): NetIo | null {
  const name = utf8(host);
  const port = utf8(serviceText<S>(service));
  const operation = new OpenOperation(
    name ? changetype<usize>(name) : 0,
    name ? name.byteLength : 0,
    port ? changetype<usize>(port) : 0,
    port ? port.byteLength : 0,
  );
  return recordError(blockOn(operation)) < 0 ? null : new NetIo(operation.opened!);
}

/**
 * Opens a connection, calls `proc` with its ports, closes it and returns what `proc` returned. Throws when
 * no connection can be made.
 */
export function withNetIo<T, S = string>(
  host: string | null,
  service: S,
  proc: (input: InputPort, output: OutputPort) => T,
): T {
  const io = openNetIo<S>(host, service);
  if (!io) {
    const port = serviceText<S>(service);
    throw new Error(
      describeFailure("connect " + place(host ? host : "localhost", port ? port : "0"), lastError()),
    );
  }
  if (isVoid<T>()) {
    proc(io.input, io.output);
    io.output.close();
    io.socket.close();
    return;
  }
  const result = proc(io.input, io.output);
  io.output.close();
  io.socket.close();
  return result;
}
