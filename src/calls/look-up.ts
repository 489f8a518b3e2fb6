/** Looking names up. */
import type { IpAddress } from "../../host/network/address.ts";
import type { SocketErrorCode } from "../../host/network/errors.ts";
import { type Lookup, startLookup } from "../../host/sockets/resolver.ts";
import { AddressFamily } from "../constants.ts";
import {
  ADDRESS_SIZE,
  type CoreObject,
  core,
  currentHost,
  EINVAL,
  PENDING,
  requireNetwork,
  windowBytes,
} from "../core.ts";
import { Call } from "../driver.ts";

/** How many addresses of one name are looked at. */
const MOST_ADDRESSES = 256;

/** The core's numbers for what the host may say of a name; see assembly/error/errno.ts. */
const ERRNOS: Readonly<Partial<Record<SocketErrorCode, number>>> = {
  EACCES: 13,
  EAI_NONAME: 2,
  EAI_AGAIN: 110,
  EAI_FAIL: 121,
  EINVAL,
};
const EIO = 5;

/**
 * A look-up. The library asks its host itself for a name's addresses, and gives the core all of them at once: by the way
 * of WASI the core would ask for each.
 */
export class LookUp<T> extends Call<T> {
  readonly #queue: () => CoreObject;
  readonly #host: string;
  readonly #finish: (result: number) => T;
  #lookup: Lookup | undefined = undefined;

  /**
   * @param queue makes the core's operation
   * @param host the name, where it is one
   * @param finish says what the number of candidates means, which are left in the window, or a negative errno
   */
  constructor(
    queue: () => CoreObject,
    host: string | null,
    finish: (result: number) => T,
    signal: AbortSignal | undefined,
  ) {
    requireNetwork();
    super(undefined, "outgoing", true, { seconds: -1, signal });
    this.#queue = queue;
    this.#host = host ?? "";
    this.#finish = finish;
  }

  protected override queue(): CoreObject {
    return this.#queue();
  }

  protected override step(): number {
    try {
      if (this.#lookup === undefined) {
        const result = core.stepResolve(this.operation);
        if (result !== PENDING) return result;
        this.#lookup = startLookup(currentHost().host.context, this.#host);
      }
      return this.#lookup.isReady() ? this.#answer(this.#lookup) : PENDING;
    } catch (code) {
      if (typeof code !== "string") throw code;
      return core.answerResolve(this.operation, 0, -(ERRNOS[code as SocketErrorCode] ?? EIO));
    }
  }

  #answer(lookup: Lookup): number {
    const window = windowBytes();
    let count = 0;
    for (let address = lookup.next(); address !== undefined; address = lookup.next()) {
      if (count < MOST_ADDRESSES) writeIp(window, count++ * ADDRESS_SIZE, address);
    }
    return core.answerResolve(this.operation, count, 0);
  }

  protected override source(): Lookup | undefined {
    return this.#lookup;
  }

  protected override timer(): undefined {
    return undefined;
  }

  protected override release(): void {
    this.#lookup?.close();
  }

  protected override finish(result: number): T {
    return this.#finish(result);
  }
}

/** Writes the sockaddr of an IP address, without a port. */
function writeIp(window: Buffer, at: number, { tag, val }: IpAddress): void {
  window.fill(0, at, at + ADDRESS_SIZE);
  if (tag === "ipv4") {
    window.writeUInt16LE(AddressFamily.inet, at);
    window.set(val, at + 4);
  } else {
    window.writeUInt16LE(AddressFamily.inet6, at);
    val.forEach((group, i) => {
      window.writeUInt16BE(group, at + 8 + 2 * i);
    });
  }
}
