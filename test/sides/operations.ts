/** The component through jco on our host, its operations, which never block: driven by awaiting pollables. */
import type { Pollable } from "../../host/io/poll.ts";
import type { Policy } from "../../host/policy/policy.ts";
import { PIECE, readAll } from "./blocking.ts";
import { ComponentCalls, option, seconds, serviceName } from "./calls.ts";
import { Waits } from "./interrupt.ts";
import { callFace, dispose, type Instance, instantiate } from "./jco.ts";
import type {
  AddressInfoHandle,
  OpenedSide,
  Side,
  SideInput,
  SideMessage,
  SideOutput,
  SockaddrHandle,
  SocketHandle,
  Timeout,
} from "./side.ts";

const name = "component (operations)";

interface Message {
  readonly bytes: Uint8Array;
  readonly sender?: SockaddrHandle;
}

/** The variant `outcome`, as jco has it. */
type Outcome =
  | { readonly tag: "pending" | "timed-out" | "done" }
  | { readonly tag: "failed" | "sent"; readonly val: number }
  | { readonly tag: "received"; readonly val: Message }
  | { readonly tag: "accepted" | "opened"; readonly val: SocketHandle }
  | { readonly tag: "resolved"; readonly val: AddressInfoHandle }
  | { readonly tag: "received-many"; readonly val: readonly Message[] };

interface Operation extends Disposable {
  step(): Outcome;
  subscribe(): Pollable;
  deadline(): Pollable | undefined;
}

/** What an operation failed with, as a negative number; anything else of another outcome is a mistake. */
function failed(outcome: Outcome): number {
  if (outcome.tag === "failed") return -outcome.val;
  throw new Error(`the outcome ${outcome.tag} was not expected`);
}

class OperationsSide extends ComponentCalls implements Side {
  readonly name: string = name;
  readonly runtime: string = `jco, Node ${process.versions.node}`;
  readonly pid: number = process.pid;
  readonly can = {
    concurrent: true,
    bulk: true,
    ports: true,
    lookup: true,
    throwing: false,
    catching: true,
    trunc: false,
    system: true,
  };
  readonly #instance: Instance;
  readonly #resources = new Set<unknown>();
  readonly #waits = new Map<SocketHandle, Waits>();
  // An operation gives a new sockaddr instead of filling one: what was to be filled is looked up here.
  readonly #filled = new WeakMap<SockaddrHandle, SockaddrHandle>();
  readonly #senders = new WeakMap<AddressInfoHandle, SockaddrHandle>();
  #pending = 0;
  #disposed = false;

  constructor(instance: Instance) {
    super();
    this.#instance = instance;
  }

  protected async call(name: string, ...args: unknown[]): Promise<unknown> {
    const given = args.map((arg) => this.#filled.get(arg as SockaddrHandle) ?? arg);
    return this.#hold(callFace(this.#instance.net, name, given));
  }

  // Kept until the side ends, so that no finalizer drops one at a time of its own.
  #hold<T>(value: T): T {
    if (typeof value === "object" && value !== null && Symbol.dispose in value) this.#resources.add(value);
    return value;
  }

  #waitsOf(socket: SocketHandle): Waits {
    let waits = this.#waits.get(socket);
    if (waits === undefined) {
      waits = new Waits();
      this.#waits.set(socket, waits);
    }
    return waits;
  }

  #start(start: string, ...args: unknown[]): Operation {
    return callFace(this.#instance.operations, start, args) as Operation;
  }

  /** Steps an operation until it is over; the result of its last step. */
  async #run(operation: Operation, waits: Waits = new Waits()): Promise<Outcome> {
    this.#pending++;
    try {
      for (;;) {
        const outcome = operation.step();
        if (outcome.tag !== "pending") return outcome;
        const deadline = operation.deadline();
        const ready = operation.subscribe();
        await waits.wait(deadline === undefined ? [ready] : [ready, deadline]);
      }
    } finally {
      this.#pending--;
      operation[Symbol.dispose]();
    }
  }

  #runOn(socket: SocketHandle, operation: Operation): Promise<Outcome> {
    return this.#run(operation, this.#waitsOf(socket));
  }

  async getAddressInfo(
    host: string | null,
    service: string | number | null,
    hints?: AddressInfoHandle,
  ): Promise<AddressInfoHandle | null> {
    const operation = this.#start("start-get-address-info", option(host), serviceName(service), hints);
    const outcome = await this.#run(operation);
    if (outcome.tag === "resolved") return this.#hold(outcome.val);
    failed(outcome);
    return null;
  }

  override async addressInfoAddress(ai: AddressInfoHandle): Promise<SockaddrHandle | null> {
    return this.#senders.get(ai) ?? (await super.addressInfoAddress(ai));
  }
  override async addressInfoAddressLength(ai: AddressInfoHandle): Promise<number> {
    const sender = this.#senders.get(ai);
    return sender ? (await this.sockaddrBytes(sender)).length : await super.addressInfoAddressLength(ai);
  }

  async bind(socket: SocketHandle, address: SockaddrHandle): Promise<boolean> {
    return await this.#done(socket, "start-bind", socket, this.#filled.get(address) ?? address);
  }
  async listen(socket: SocketHandle, backlog: number): Promise<boolean> {
    return await this.#done(socket, "start-listen", socket, backlog);
  }
  async #done(socket: SocketHandle, start: string, ...args: unknown[]): Promise<boolean> {
    const outcome = await this.#runOn(socket, this.#start(start, ...args));
    return outcome.tag === "done" || failed(outcome) >= 0;
  }

  async accept(socket: SocketHandle, address?: SockaddrHandle): Promise<SocketHandle | false> {
    const outcome = await this.#runOn(socket, this.#start("start-accept", socket, undefined));
    if (outcome.tag !== "accepted") return failed(outcome) >= 0 && false;
    const accepted = this.#hold(outcome.val);
    const peer = address && (await this.getPeerName(accepted));
    if (address && peer) this.#filled.set(address, peer);
    return accepted;
  }

  async connect(socket: SocketHandle, address: SockaddrHandle): Promise<number> {
    const to = this.#filled.get(address) ?? address;
    const waits = this.#waitsOf(socket);
    // On a datagram socket this replaces what a pending receive waits for.
    const start = (): Operation => this.#start("start-connect", socket, to, undefined);
    const outcome = await waits.exclusively(() => this.#firstStep(start()));
    if ("step" in outcome) return this.#connected(await this.#run(outcome, waits));
    return this.#connected(outcome);
  }
  #firstStep(operation: Operation): Operation | Outcome {
    const outcome = operation.step();
    if (outcome.tag === "pending") return operation;
    operation[Symbol.dispose]();
    return outcome;
  }
  #connected(outcome: Outcome): number {
    return outcome.tag === "done" ? 0 : failed(outcome);
  }

  async #open(host: string | null, service: string | number): Promise<SocketHandle | number> {
    const outcome = await this.#run(this.#start("start-open-net-io", option(host), String(service)));
    return outcome.tag === "opened" ? this.#hold(outcome.val) : failed(outcome);
  }

  #ports(socket: SocketHandle): [SideInput, SideOutput] {
    const read = async (n: number): Promise<Uint8Array> => {
      const outcome = await this.#received(socket, n, null, undefined);
      if (outcome.tag === "received") return outcome.val.bytes;
      throw await this.failure("receive", -failed(outcome));
    };
    const write = async (bytes: Uint8Array): Promise<void> => {
      const sent = await this.send(socket, bytes);
      if (sent !== bytes.length) throw await this.failure("send", sent < 0 ? -sent : 32);
    };
    const end = async (): Promise<void> => void (await this.shutdown(socket, "write"));
    return [
      { read, readAll: () => readAll(() => read(PIECE)) },
      { write, end },
    ];
  }

  async openNetIo(
    host: string | null,
    service: string | number,
  ): Promise<[SocketHandle, SideInput, SideOutput] | null> {
    const socket = await this.#open(host, service);
    return typeof socket === "number" ? null : [socket, ...this.#ports(socket)];
  }

  async withNetIo<T>(
    host: string | null,
    service: string | number,
    proc: (input: SideInput, output: SideOutput) => Promise<T>,
  ): Promise<T> {
    const socket = await this.#open(host, service);
    if (typeof socket === "number") {
      throw await this.failure(`open-net-io ${host ?? "localhost"}:${service}`, -socket);
    }
    try {
      return await proc(...this.#ports(socket));
    } finally {
      await this.close(socket);
    }
  }

  // Operations have no single one for this: it is made of its three steps.
  async makeListenerSocket(ai: AddressInfoHandle, maxConn = 128): Promise<SocketHandle> {
    const kind: [number, number, number] = [
      await this.addressInfoFamily(ai),
      await this.addressInfoSocketType(ai),
      await this.addressInfoProtocol(ai),
    ];
    const address = await this.addressInfoAddress(ai);
    if (address === null) throw await this.failure("make-listener-socket", 22);
    const socket = (await this.call("socket", ...kind)) as SocketHandle;
    const bound = await this.#runOn(socket, this.#start("start-bind", socket, address));
    const outcome =
      bound.tag === "done" ? await this.#runOn(socket, this.#start("start-listen", socket, maxConn)) : bound;
    if (outcome.tag === "done") return socket;
    await this.close(socket);
    throw await this.failure(bound === outcome ? "bind" : "listen", -failed(outcome));
  }

  override async openSocketPair(
    family?: number,
    type?: number,
    protocol?: number,
  ): Promise<[SocketHandle, SocketHandle] | false> {
    const pair = await super.openSocketPair(family, type, protocol);
    if (pair !== false) for (const socket of pair) this.#hold(socket);
    return pair;
  }

  async close(socket: SocketHandle): Promise<void> {
    await this.#waitsOf(socket).exclusively(() => callFace(this.#instance.net, "close", [socket]));
  }

  // start-send takes an address info: a sender's address becomes one by way of its text.
  async #target(ai: AddressInfoHandle | undefined): Promise<AddressInfoHandle | undefined> {
    const sender = ai && this.#senders.get(ai);
    if (ai === undefined || sender === undefined) return ai;
    const hints = await this.makeAddressInfo(
      await this.addressInfoFamily(ai),
      await this.addressInfoSocketType(ai),
      await this.addressInfoProtocol(ai),
      NUMERIC,
    );
    const host = await this.sockaddrName(sender);
    return option(await this.getAddressInfo(host, await this.sockaddrPort(sender), hints));
  }

  async send(
    socket: SocketHandle,
    bytes: Uint8Array,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number> {
    return (await this.sendNonBlocking(socket, bytes, null, flags, ai)) as number;
  }
  async sendNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false> {
    const to = await this.#target(ai);
    const outcome = await this.#runOn(
      socket,
      this.#start("start-send", socket, bytes, seconds(timeout), flags, to),
    );
    if (outcome.tag === "sent") return outcome.val;
    return outcome.tag === "timed-out" ? false : failed(outcome);
  }

  async #received(
    socket: SocketHandle,
    n: number,
    timeout: Timeout,
    flags: number | undefined,
    ai?: AddressInfoHandle,
  ): Promise<Outcome> {
    const outcome = await this.#runOn(
      socket,
      this.#start("start-receive", socket, n, seconds(timeout), flags),
    );
    if (outcome.tag === "received" && outcome.val.sender !== undefined) {
      if (ai === undefined) dispose(outcome.val.sender);
      else this.#senders.set(ai, this.#hold(outcome.val.sender));
    }
    return outcome;
  }

  async receiveMany(socket: SocketHandle, n: number): Promise<SideMessage[] | false> {
    const outcome = await this.#runOn(socket, this.#start("start-receive-many", socket, n, undefined));
    if (outcome.tag !== "received-many") return failed(outcome) >= 0 && false;
    // not held: jco 1.35's dispose of any resource in a list drops the last one's handle
    return outcome.val.map(({ bytes, sender }) => ({ bytes, sender: sender ?? null }));
  }

  async receive(
    socket: SocketHandle,
    n: number,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false> {
    return await this.receiveNonBlocking(socket, n, null, flags, ai);
  }
  async receiveNonBlocking(
    socket: SocketHandle,
    n: number,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false> {
    const outcome = await this.#received(socket, n, timeout, flags, ai);
    if (outcome.tag === "received") return outcome.val.bytes;
    return outcome.tag === "timed-out" ? false : failed(outcome) >= 0 && false;
  }
  async receiveInto(
    socket: SocketHandle,
    bytes: Uint8Array,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number> {
    return (await this.receiveIntoNonBlocking(socket, bytes, null, flags, ai)) as number;
  }
  async receiveIntoNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false> {
    const outcome = await this.#received(socket, bytes.length, timeout, flags, ai);
    if (outcome.tag === "timed-out") return false;
    if (outcome.tag !== "received") return failed(outcome);
    bytes.set(outcome.val.bytes);
    return outcome.val.bytes.length;
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    // Operations that are still pending hold children of their sockets; the host ends them.
    if (this.#pending === 0) for (const resource of [...this.#resources].reverse()) dispose(resource);
    this.#resources.clear();
    this.#instance.host.close();
  }
}

/** AI_NUMERICHOST and AI_NUMERICSERV. */
const NUMERIC = 0x404;

/**
 * Opens the component's operations as a side.
 *
 * @param policy what the component may do; default everything
 */
export async function openOperations(policy?: Policy): Promise<OpenedSide> {
  const instance = await instantiate("sync", policy);
  return typeof instance === "string" ? { name, reason: instance } : new OperationsSide(instance);
}
