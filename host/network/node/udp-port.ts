/**
 * A datagram socket on `node:dgram`.
 */
import type * as dgram from "node:dgram";
import { systemTime } from "../../io/time.ts";
import { bufferSizesAreDoubled, udpHandle } from "../../runtime/features.ts";
import type { HostOption } from "../../sockets/option-table.ts";
import { addressText, fromNode, type IpSocketAddress, type NodeAddress, wildcard } from "../address.ts";
import { errorCode, type SocketErrorCode } from "../errors.ts";
import type { DatagramListener, Destination, OptionValues, UdpPort } from "../network.ts";
import { bindDatagram, connectDatagram, isLateConnectError } from "./datagram.ts";
import { datagramReader } from "./datagram-batch.ts";
import { type DatagramHandle, datagramHandle, type Refusal } from "./datagram-handle.ts";
import { bindErrorCode, codeOfStatus } from "./tcp-handle.ts";

/** {@inheritDoc Network.bindUdp} */
export function bindUdp(local: IpSocketAddress, listener: DatagramListener): UdpPort {
  let socket: dgram.Socket;
  try {
    socket = bindDatagram(local);
  } catch (error) {
    throw bindErrorCode(error);
  }
  const reader = datagramReader(udpHandle(socket), listener, systemTime);
  socket.on("message", (bytes, from) => {
    listener.arrived(bytes, from);
    reader?.readOn();
  });
  socket.on("error", (error) => {
    if (!isLateConnectError(error)) listener.failed(errorCode(error));
  });
  socket.on("close", () => listener.portClosed());
  return new NodeUdpPort(socket, addressText(wildcard(local.tag)), listener);
}

class NodeUdpPort implements UdpPort {
  readonly #socket: dgram.Socket;
  readonly #handle: DatagramHandle | undefined;
  readonly #told: (error: Error | null) => void;

  /**
   * @param socket bound, without a peer
   * @param literal an address of its family
   * @param listener is told what has become of datagrams
   */
  constructor(socket: dgram.Socket, literal: string, listener: DatagramListener) {
    this.#socket = socket;
    this.#told = (error) => listener.sent(error === null ? undefined : errorCode(error));
    this.#handle = datagramHandle(socket, literal, (status) => {
      listener.sent(status === undefined || status === 0 ? undefined : codeOf(status));
    });
  }

  // Deno does not tell
  get queued(): number | undefined {
    const socket = this.#socket;
    return "getSendQueueCount" in socket ? socket.getSendQueueCount() : undefined;
  }

  local(): IpSocketAddress {
    return fromNode(this.#socket.address());
  }

  connect(remote: IpSocketAddress): NodeAddress {
    try {
      connectDatagram(this.#socket, remote);
    } catch (error) {
      throw errorCode(error);
    }
    return this.#socket.remoteAddress();
  }

  disconnect(): void {
    try {
      this.#socket.disconnect();
    } catch (error) {
      throw errorCode(error);
    }
  }

  send(bytes: Buffer, to: Destination | undefined): boolean {
    const handle = this.#handle;
    if (handle !== undefined) {
      const status = handle.send(bytes, to);
      if (typeof status === "number" && status > 0) return true;
      if (status === 0) return false;
      throw codeOf(status);
    }
    if (to === undefined) this.#socket.send(bytes, this.#told);
    else this.#socket.send(bytes, to.port, to.text, this.#told);
    return false;
  }

  getOption(option: HostOption): number | undefined {
    if (option === "receive-buffer-size") return fromKernelSize(this.#socket.getRecvBufferSize());
    return option === "send-buffer-size" ? fromKernelSize(this.#socket.getSendBufferSize()) : undefined;
  }
  setOption(option: HostOption, values: OptionValues): void {
    SETTERS[option]?.(this.#socket, values[option]);
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): void {
    this.#socket.close();
  }
}

/** Node's calls for options. */
const SETTERS: Readonly<Partial<Record<HostOption, (socket: dgram.Socket, value: number) => void>>> = {
  broadcast: (socket, value) => socket.setBroadcast(value !== 0),
  "hop-limit": (socket, hops) => socket.setTTL(hops),
  "receive-buffer-size": (socket, size) => socket.setRecvBufferSize(size),
  "send-buffer-size": (socket, size) => socket.setSendBufferSize(size),
};

/** The code of what a handle says of a datagram: a negative errno, or, of Bun, the error. */
function codeOf(status: Refusal): SocketErrorCode {
  return typeof status === "number" ? codeOfStatus(status) : errorCode(status);
}

function fromKernelSize(size: number): number {
  return bufferSizesAreDoubled ? size >> 1 : size;
}
