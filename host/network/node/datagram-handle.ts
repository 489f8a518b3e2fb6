/**
 * Sending through libuv's handle of a datagram socket.
 *
 * `dgram` looks up where each datagram goes, makes a request for it, and tells in a later tick what the kernel said.
 * libuv tries at once and says so at once, which is quicker by a quarter, and lets the very call fail that is
 * refused. Node doesn't document its handle: it is only used where it is found to be as it has been from Node 12 on.
 */
import type * as dgram from "node:dgram";
import { type UdpHandle, udpHandle } from "../../runtime/features.ts";
import type { Destination } from "../network.ts";

/** What a handle says of a datagram: an errno, as a negative number; Bun the error itself, and of success nothing. */
export type Refusal = number | Error;

/** Told in the end what has become of a datagram that had to wait: nothing or 0, or why it was refused. */
type Complete = (status: Refusal | undefined) => void;

/** A datagram on its way; its memory is kept by it. */
interface Request {
  oncomplete?: Complete;
  list?: readonly Uint8Array[];
}

type RequestConstructor = new () => Request;

interface SendingHandle extends UdpHandle {
  /** More than 0: the kernel has it. 0: the request waits, and keeps its number. Else why not. */
  send(request: Request, list: readonly Uint8Array[], count: number, tells: boolean): Refusal;
  send(
    request: Request,
    list: readonly Uint8Array[],
    count: number,
    port: number,
    address: string,
    tells: boolean,
  ): Refusal;
}

/** Sends datagrams of one socket. */
export class DatagramHandle {
  readonly #handle: SendingHandle;
  readonly #Request: RequestConstructor;
  readonly #complete: Complete;
  // used again as long as nothing has to wait
  #request: Request;
  #list: Uint8Array[] = [];

  /**
   * @param handle libuv's
   * @param Request what it takes for a datagram
   * @param complete see {@link Complete}; called in the order of sending
   */
  constructor(handle: SendingHandle, Request: RequestConstructor, complete: Complete) {
    this.#handle = handle;
    this.#Request = Request;
    this.#complete = complete;
    this.#request = new Request();
  }

  /**
   * Hands a datagram to the kernel.
   *
   * @param bytes stay as they are until it is known what has become of it
   * @param to where to; `undefined` where the socket is connected
   * @returns more than 0: the kernel has it; 0: it waits; else it was refused, and this is why
   */
  send(bytes: Uint8Array, to: Destination | undefined): Refusal {
    const request = this.#request;
    const list = this.#list;
    list[0] = bytes;
    const status =
      to === undefined
        ? this.#handle.send(request, list, 1, true)
        : this.#handle.send(request, list, 1, to.port, to.text, true);
    if (status === 0) {
      request.list = list;
      request.oncomplete = this.#complete;
      this.#list = [];
      this.#request = new this.#Request();
    }
    return status;
  }
}

/** What a handle takes for a datagram; null where there is none to be found. */
let known: RequestConstructor | null | undefined;

/**
 * The handle of a bound socket without a peer; `undefined` where datagrams have to go through `dgram`.
 *
 * @param socket one whose look-up answers at once
 * @param literal an address of its family
 * @param complete see the class
 */
export function datagramHandle(
  socket: dgram.Socket,
  literal: string,
  complete: Complete,
): DatagramHandle | undefined {
  if (known === null) return undefined;
  const handle = udpHandle(socket) as SendingHandle | undefined;
  known ??= handle === undefined ? null : findRequest(socket, handle, literal);
  return known === null || handle === undefined ? undefined : new DatagramHandle(handle, known, complete);
}

/** Catches what `dgram` gives its handle for a datagram, which is not sent. */
function findRequest(
  socket: dgram.Socket,
  handle: SendingHandle,
  literal: string,
): RequestConstructor | null {
  let found: RequestConstructor | null = null;
  // of IPv6 the handle has its own, in front of the prototype's
  const own = Object.getOwnPropertyDescriptor(handle, "send");
  try {
    Object.defineProperty(handle, "send", {
      configurable: true,
      value: (request: Request) => {
        found = request.constructor as RequestConstructor;
        return 1;
      },
    });
    socket.send(new Uint8Array(0), 9, literal, () => {});
  } catch {
    // another `dgram`, or one that may not send
    found = null;
  }
  if (own === undefined) Reflect.deleteProperty(handle, "send");
  else Object.defineProperty(handle, "send", own);
  return found;
}
