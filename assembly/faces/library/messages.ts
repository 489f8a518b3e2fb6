// Messages, for AssemblyScript programs. Timeouts are in seconds; a negative one waits for ever.

import { AddressInfo } from "../../address/address-info";
import { blockOn } from "../../drivers/block";
import { SCRATCH_SIZE } from "../../abi/buffer";
import { EINVAL } from "../../error/errno";
import { MSG_WAITALL, Socket } from "../../socket/socket";
import { ReceiveManyOperation, ReceiveOperation, SendOperation } from "../../operation/socket-operations";
import { Message, MessageList } from "../../socket/messages";
import { recordError } from "./failure";

export { Message } from "../../socket/messages";

/** Sends all of `bytes`, or one datagram: the number of bytes, or a negative number. */
export function send(socket: Socket, bytes: Uint8Array, flags: i32 = 0, ai: AddressInfo | null = null): i32 {
  return sendNonBlocking(socket, bytes, -1, flags, ai);
}

/** As `send`; TIMED_OUT when nothing could be sent in time. */
export function sendNonBlocking(
  socket: Socket,
  bytes: Uint8Array,
  timeout: f64,
  flags: i32 = 0,
  ai: AddressInfo | null = null,
): i32 {
  const length = <u32>bytes.length;
  const operation = new SendOperation(socket, length, flags, ai ? ai.address : null, timeout);
  return blockOn(operation, bytes.dataStart, length);
}

/** Receives into `bytes`: the number read (0 is end of stream), or a negative number. */
export function receiveInto(
  socket: Socket,
  bytes: Uint8Array,
  flags: i32 = 0,
  ai: AddressInfo | null = null,
): i32 {
  return receiveIntoNonBlocking(socket, bytes, -1, flags, ai);
}

/** As `receiveInto`; TIMED_OUT when nothing came in time. What comes later is there for the next call. */
export function receiveIntoNonBlocking(
  socket: Socket,
  bytes: Uint8Array,
  timeout: f64,
  flags: i32 = 0,
  ai: AddressInfo | null = null,
): i32 {
  const length = <u32>bytes.length;
  const operation = new ReceiveOperation(socket, length, flags, ai != null, timeout);
  const result = blockOn(operation, bytes.dataStart, length);
  if (ai && result >= 0) ai.address = operation.sender;
  return result;
}

/** The bytes that came, at most `n`; null on failure, EINVAL where `n` is negative. */
export function receive(
  socket: Socket,
  n: i32,
  flags: i32 = 0,
  ai: AddressInfo | null = null,
): Uint8Array | null {
  return receiveNonBlocking(socket, n, -1, flags, ai);
}

/** As `receive`; null also when nothing came in time. */
export function receiveNonBlocking(
  socket: Socket,
  n: i32,
  timeout: f64,
  flags: i32 = 0,
  ai: AddressInfo | null = null,
): Uint8Array | null {
  if (n < 0) {
    recordError(-EINVAL);
    return null;
  }
  const bytes = new Uint8Array(flags & MSG_WAITALL ? n : min(n, <i32>SCRATCH_SIZE));
  const result = recordError(receiveIntoNonBlocking(socket, bytes, timeout, flags, ai));
  return result < 0 ? null : bytes.subarray(0, min(result, bytes.length));
}

/**
 * Waits for a datagram, and takes those that are there, at most `n` and at most 64, as recvmmsg(2) does: none where no
 * more can come; null on failure, EINVAL where `n` is less than 1, EOPNOTSUPP for a stream.
 */
export function receiveMany(socket: Socket, n: i32): Message[] | null {
  if (n < 1) {
    recordError(-EINVAL);
    return null;
  }
  const list = new MessageList();
  return recordError(blockOn(new ReceiveManyOperation(socket, n, list, -1))) < 0 ? null : list.messages;
}
