/** A UDP port that is replayed. */
import { systemTime } from "../../io/time.ts";
import {
  addressText,
  type IpSocketAddress,
  type NodeAddress,
  socketAddressText,
  wildcard,
} from "../address.ts";
import type { SocketErrorCode } from "../errors.ts";
import type { DatagramListener, Destination, UdpPort } from "../network.ts";
import { parseAddress } from "./format.ts";
import { Part, type Replay } from "./going.ts";
import type { Conversation } from "./script.ts";

export class ReplayUdpPort implements UdpPort {
  readonly queued = 0;
  readonly #replay: Replay;
  readonly #listener: DatagramListener;
  readonly #bound: IpSocketAddress;
  #conversation: Conversation | undefined = undefined;
  #part: Part | undefined = undefined;
  #peer: string | undefined = undefined;
  #isClosed = false;

  constructor(replay: Replay, local: IpSocketAddress, listener: DatagramListener) {
    this.#replay = replay;
    this.#listener = listener;
    this.#bound = replay.freePort(local);
    // who listens on a port is known by it, others by whom they send to
    if (local.val.port === 0) return;
    const { port } = local.val;
    const isMeant = (each: Conversation): boolean =>
      each.protocol === "udp" && parseAddress(each.first("bind")?.remote ?? "")?.val.port === port;
    const conversation = replay.script.take(isMeant);
    if (conversation !== undefined) systemTime.defer(() => this.#begin(conversation));
  }

  #begin(conversation: Conversation): void {
    if (this.#isClosed) return;
    this.#conversation = conversation;
    this.#part = new Part(this.#replay, conversation, ["receive"], ({ bytes, remote }) => {
      const from = parseAddress(remote ?? "") ?? wildcard(this.#bound.tag);
      this.#listener.arrived(Buffer.from(bytes), { address: addressText(from), port: from.val.port });
    });
    this.#part.look();
  }

  local(): IpSocketAddress {
    return this.#bound;
  }
  connect(remote: IpSocketAddress): NodeAddress {
    this.#peer = socketAddressText(remote);
    return { address: addressText(remote), port: remote.val.port };
  }
  disconnect(): void {
    this.#peer = undefined;
  }
  send(bytes: Buffer, to: Destination | undefined): boolean {
    const remote = to === undefined ? this.#peer : socketAddressText(to.address);
    if (remote === undefined) throw "EDESTADDRREQ" satisfies SocketErrorCode;
    if (this.#conversation === undefined) {
      const conversation = this.#replay.script.take(
        (each) => each.protocol === "udp" && each.first("send")?.remote === remote,
      );
      if (conversation === undefined) {
        this.#replay.differences.push(
          `it sends a datagram to ${remote}, and the recording has no more of it`,
        );
        return true;
      }
      this.#begin(conversation);
    }
    const conversation = this.#conversation as Conversation | undefined;
    if (conversation === undefined) return true;
    const shown = this.#replay.masked(Buffer.from(bytes), "udp", remote);
    this.#replay.differs(conversation, conversation.sendDatagram(shown, remote));
    return true;
  }
  getOption(): undefined {}
  setOption(): void {}
  unref(): void {}
  close(): void {
    this.#isClosed = true;
    this.#part?.stop();
    const conversation = this.#conversation;
    if (conversation !== undefined) this.#replay.differs(conversation, conversation.close());
    systemTime.defer(() => this.#listener.portClosed());
  }
}
