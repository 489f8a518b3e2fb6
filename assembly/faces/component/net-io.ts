// wasock:net/types: the methods and destructor of net-io.

import { leave } from "../../abi";
import { blockOn } from "../../drivers/block";
import { EPIPE } from "../../error/errno";
import { SendOperation } from "../../operation/socket-operations";
import { SHUT_WR } from "../../socket/socket";
import { StreamSocket } from "../../socket/stream-socket";
import { begin, letGo, NetIo, received, receiveList } from "./resources";
import { bytes, failure, optionalHandle, unit } from "./results";

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[dtor]net-io")
export function dropNetIo(io: NetIo): void {
  io.socket.close();
  letGo(changetype<usize>(io));
}

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[method]net-io.input")
export function netIoInput(io: NetIo): usize {
  return optionalHandle(max((io.socket as StreamSocket).takeInput(), 0));
}

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[method]net-io.output")
export function netIoOutput(io: NetIo): usize {
  return optionalHandle(max((io.socket as StreamSocket).takeOutput(), 0));
}

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[method]net-io.read")
export function netIoRead(io: NetIo, n: u32): usize {
  begin();
  const result = receiveList(io.socket, n, 0, -1, null);
  leave();
  return result < 0 ? failure(result) : bytes(received, <u32>result);
}

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[method]net-io.write")
export function netIoWrite(io: NetIo, from: usize, length: u32): usize {
  begin();
  const result = blockOn(new SendOperation(io.socket, length, 0, null, -1), from, length);
  leave();
  if (length) heap.free(from);
  return unit(result < 0 ? result : <u32>result < length ? -EPIPE : 0); // the rest could not be sent
}

// @ts-ignore: decorator
@witExport("wasock:net/types@0.1.0#[method]net-io.finish")
export function netIoFinish(io: NetIo): usize {
  return unit(io.socket.shutdown(SHUT_WR));
}
