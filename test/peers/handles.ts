/** libuv's handles, to tell a socket what the kernel says seldom, as libuv itself would. */
import * as dgram from "node:dgram";
import { fromNode } from "../../host/network/address.ts";
import type { TcpHandle } from "../../host/network/node/tcp-handle.ts";
import { bindTcp } from "../../host/network/node/tcp-port.ts";
import { udpHandle } from "../../host/runtime/features.ts";

/** A TCP handle that is bound to loopback, and nothing else. */
export function boundHandle(): TcpHandle {
  return bindTcp(fromNode({ address: "127.0.0.1", port: 0 })).handle;
}

/**
 * The handle that is made to listen.
 *
 * @param listen what makes one listen
 */
export function listeningHandle(listen: () => void): TcpHandle {
  const spare = boundHandle();
  const prototype = Object.getPrototypeOf(spare) as TcpHandle;
  spare.close();
  const { listen: original } = prototype;
  let handle: TcpHandle | undefined;
  prototype.listen = function (this: TcpHandle, backlog) {
    handle = this;
    return original.call(this, backlog);
  };
  try {
    listen();
  } finally {
    prototype.listen = original;
  }
  if (handle === undefined) throw new Error("nothing has begun to listen");
  return handle;
}

/** A datagram that libuv holds, since the kernel's buffer is full. */
export interface HeldDatagram {
  readonly bytes: Uint8Array;
  /** Tells what has become of it: 0, or a negative errno. */
  complete(status: number): void;
}

/** What the kernel says of the datagrams of this process. */
export interface DatagramKernel {
  /** Whether its buffer is full. */
  isFull: boolean;
  /** Negative errnos for the next calls, the first first. */
  readonly refusals: number[];
  /** What libuv holds. */
  readonly held: HeldDatagram[];
  /** Lets the kernel speak for itself again. */
  restore(): void;
}

type SendingHandle = Record<"send" | "getSendQueueCount", (...args: never[]) => number>;

/** Has a test say what the kernel says of IPv4 datagrams that are sent. */
export function datagramKernel(): DatagramKernel {
  const socket = dgram.createSocket("udp4");
  const prototype = Object.getPrototypeOf(udpHandle(socket)) as SendingHandle;
  socket.close();
  const { send, getSendQueueCount } = prototype;
  const kernel: DatagramKernel = {
    isFull: false,
    refusals: [],
    held: [],
    restore: () => {
      Object.assign(prototype, { send, getSendQueueCount });
    },
  };
  const told = (request: { oncomplete?: (status: number) => void }, list: readonly Uint8Array[]): number => {
    const refusal = kernel.refusals.shift();
    if (refusal !== undefined) return refusal;
    const held = {
      bytes: list[0] as Uint8Array,
      complete: (status: number) => {
        kernel.held.splice(kernel.held.indexOf(held), 1);
        request.oncomplete?.(status);
      },
    };
    kernel.held.push(held);
    return 0;
  };
  Object.assign(prototype, {
    send(this: unknown, ...args: Parameters<typeof told>) {
      if (kernel.refusals.length > 0 || kernel.isFull) return told(...args);
      return Reflect.apply(send, this, args) as number;
    },
    getSendQueueCount: () => kernel.held.length,
  });
  return kernel;
}
