/** A network that stands before another, and writes down what goes through it as packets, for Wireshark and its like. */
import { describeAnswer, Warnings } from "../../messages/answers.ts";
import { requireKnownKeys } from "../../messages/known-keys.ts";
import { parseIp } from "../address.ts";
import type { Network } from "../network.ts";
import { standBefore } from "../stand-before.ts";
import { Capture, type PcapTarget } from "./capture.ts";
import { CapturedTransport } from "./tcp.ts";
import { CapturedPort } from "./udp.ts";

export type { PcapTarget } from "./capture.ts";

/** How a capture is made. */
export interface PcapOptions {
  /**
   * How many bytes of a packet are kept at most, its headers included. Default all of what a connection, or a UDP socket, sends
   * and receives, up to a MiB each, and the headers of what is behind that.
   */
  readonly snapLength?: number;
}

/** A network that is captured. */
export interface CapturedNetwork extends Network {
  /** Writes what is still to be written, and closes the file where it was given by its path. */
  close(): void;
}

/** The smallest that has all headers. */
const LEAST = 68;
const MOST = 2 ** 31 - 1;

/**
 * Captures what goes through a network as pcapng: a packet for what is sent, for what comes, and for each step of a
 * connection, with the sequence numbers, acknowledgements and checksums that they would have. Segments are as large as what was
 * sent or came at once.
 *
 * @param network what it stands before
 * @param target where packets go to: a path, where a file is made anew, a descriptor, or what has `write`
 * @throws the system's error where the file can't be opened, TypeError for an option that there is not, or of a wrong type
 */
export function pcap(network: Network, target: PcapTarget, options: PcapOptions = {}): CapturedNetwork {
  requireKnownKeys("options", "option of a capture", options, ["snapLength"]);
  const { snapLength } = options;
  if (
    snapLength !== undefined &&
    !(Number.isInteger(snapLength) && snapLength >= LEAST && snapLength <= MOST)
  ) {
    throw new TypeError(
      `snapLength must be a whole number from ${LEAST} to ${MOST}, and is ${describeAnswer(snapLength)}`,
    );
  }
  const isFile = typeof target === "string" || (Number.isInteger(target) && (target as number) >= 0);
  if (!isFile && typeof (target as { write?: unknown } | null)?.write !== "function") {
    throw new TypeError(
      `target must be a path, a descriptor or something with write, and is ${describeAnswer(target)}`,
    );
  }
  const warnings = new Warnings();
  const capture = new Capture(target, snapLength, network, (message) => warnings.give(message));
  return {
    ...standBefore(network),
    openTcp: (from, listener, queueLimit) =>
      new CapturedTransport(network, capture, from, listener, queueLimit),
    bindUdp: (local, listener) => new CapturedPort(network, capture, local, listener),
    lookUp(name, guest) {
      const { addresses, cancel } = network.lookUp(name, guest);
      const noted = addresses.then((found) => {
        capture.names(
          name,
          found.flatMap((text) => parseIp(text) ?? []),
        );
        return found;
      });
      return { addresses: noted, cancel };
    },
    close: () => capture.close(),
  };
}
