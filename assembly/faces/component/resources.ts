// The component's resources. A resource's rep is the address of a pinned object.

import { collectSometimes, discarded, enter } from "../../abi";
import { AddressInfo } from "../../address/address-info";
import { blockOn } from "../../drivers/block";
import { SCRATCH_SIZE } from "../../abi/buffer";
import { Sockaddr } from "../../address/sockaddr";
import { MSG_WAITALL, Socket } from "../../socket/socket";
import { ENOBUFS } from "../../error/errno";
import { ReceiveOperation } from "../../operation/socket-operations";
import { newAddressInfo, newSockaddr, newSocket } from "../../wasi/component";

/** Objects that resources stand for. */
let live: i32 = 0;

/** Begins an export that may be suspended. */
export function begin(): void {
  enter(live << 2);
}

/** Pins what a new resource stands for. */
export function hold(object: usize): usize {
  live++;
  return __pin(object);
}

/** Lets go of what a dropped resource stood for; the last that a destructor does. */
export function letGo(object: usize): void {
  live--;
  __unpin(object);
  discarded();
  collectSometimes(live << 2);
}

/** One candidate as a resource: several resources may stand for the same one. */
@final
export class InfoHandle {
  constructor(public info: AddressInfo) {}
}

export function giveSocket(socket: Socket): i32 {
  return newSocket(hold(changetype<usize>(socket)));
}

export function giveInfo(info: AddressInfo): i32 {
  return newAddressInfo(hold(changetype<usize>(new InfoHandle(info))));
}

/** A copy of an address as a resource, or 0 for null. */
export function giveAddress(address: Sockaddr | null): i32 {
  if (!address) return 0;
  return newSockaddr(hold(changetype<usize>(address.copy())));
}

/** The list of the last `receiveList` that brought something; the heap's. */
export let received: usize = 0;

/**
 * Receives into a new list, which is left in `received`: its length, TIMED_OUT, or a negative errno. The
 * sender's address is put into `sender`'s.
 */
export function receiveList(
  socket: Socket,
  n: u32,
  flags: i32,
  seconds: f64,
  sender: AddressInfo | null,
): i32 {
  // no more than one call can bring: only with waitall that is more than a window
  const size = flags & MSG_WAITALL ? n : min(n, SCRATCH_SIZE);
  if (size > 0x20000000) return -ENOBUFS;
  const buffer = heap.alloc(size);
  const operation = new ReceiveOperation(socket, size, flags, sender != null, seconds);
  const result = blockOn(operation, buffer, size);
  if (result < 0) {
    heap.free(buffer);
    return result;
  }
  if (sender) sender.address = operation.sender;
  received = buffer;
  // with the trunc flag a datagram's length may be more than what came
  return <u32>result > size ? <i32>size : result;
}
