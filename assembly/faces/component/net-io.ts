// wasock:net/types: net-io, its methods and its destructor.

import { leave } from "../../abi";
import { blockOn } from "../../drivers/block";
import { EPIPE } from "../../error/errno";
import { SendOperation } from "../../operation/socket-operations";
import { SHUT_WR, Socket } from "../../socket/socket";
import { StreamSocket } from "../../socket/stream-socket";
import { newNetIo } from "../../wasi/component";
import { begin, hold, letGo, received, receiveList } from "./resources";
import { bytes, failure, optionalHandle, unit } from "./results";

@final
class NetIo {
  constructor(public socket: Socket) {}
}

export function giveNetIo(socket: Socket): i32 {
  return newNetIo(hold(changetype<usize>(new NetIo(socket))));
}

export function dropNetIo(io: NetIo): void {
  io.socket.close();
  letGo(changetype<usize>(io));
}

export function netIoInput(io: NetIo): usize {
  return optionalHandle(max((io.socket as StreamSocket).takeInput(), 0));
}

export function netIoOutput(io: NetIo): usize {
  return optionalHandle(max((io.socket as StreamSocket).takeOutput(), 0));
}

export function netIoRead(io: NetIo, n: u32): usize {
  begin();
  const result = receiveList(io.socket, n, 0, -1, null);
  leave();
  return result < 0 ? failure(result) : bytes(received, <u32>result);
}

export function netIoWrite(io: NetIo, from: usize, length: u32): usize {
  begin();
  const result = blockOn(new SendOperation(io.socket, length, 0, null, -1), from, length);
  leave();
  if (length) heap.free(from);
  return unit(result < 0 ? result : <u32>result < length ? -EPIPE : 0); // the rest could not be sent
}

export function netIoFinish(io: NetIo): usize {
  return unit(io.socket.shutdown(SHUT_WR));
}
