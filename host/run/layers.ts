/**
 * What stands between a program and the network that it is run on, as data: what lets things go wrong, captures, records and
 * replays.
 */
import type { FaultRule } from "../network/faults/index.ts";
import type { Network } from "../network/network.ts";
import { nodeNetwork } from "../network/node/index.ts";

/** Layers, each of which may be there or not. They can cross to another thread. */
export interface Layers {
  /** What goes wrong. */
  readonly faults?: { readonly rules: readonly FaultRule[]; readonly seed: string };
  /** What is replayed in the place of a network: a recording. */
  readonly replay?: { readonly text: string; readonly strict: boolean; readonly keepTime: boolean };
  /** Where a recording is written to, by its descriptor. */
  readonly record?: { readonly fd: number };
  /** Where packets are written to, by its descriptor, and how many bytes of each. */
  readonly pcap?: { readonly fd: number; readonly snapLength?: number };
}

/** A network with layers before it. */
export interface Layered {
  readonly network: Network;
  /** Resolves when what the program has let go of has gone out. */
  settled(): Promise<void>;
  /** Writes what is still to be written; what was done otherwise than a recording says: sentences. */
  close(): readonly string[];
}

/**
 * Puts layers before a network.
 *
 * @param layers what is asked for
 * @param network default the system's
 * @throws TypeError for a rule that is none
 */
export async function layered(layers: Layers, network: Network = nodeNetwork): Promise<Layered> {
  const { faults, pcap, record, replay } = layers;
  let top = network;
  let check = (): void => {};
  let settled = (): Promise<void> => Promise.resolve();
  const open: { close(): void }[] = [];
  if (replay !== undefined) {
    const { replay: replayed } = await import("../network/record/replay.ts");
    const { text, ...options } = replay;
    const made = replayed(text, options);
    check = () => made.check();
    top = made;
  }
  if (faults !== undefined) {
    const { withFaults } = await import("../network/faults/index.ts");
    const faulty = withFaults(top, faults.rules, faults.seed);
    settled = () => faulty.settled();
    top = faulty;
  }
  if (pcap !== undefined) {
    const { pcap: captured } = await import("../network/pcap/index.ts");
    const { fd, snapLength } = pcap;
    const made = captured(top, fd, snapLength === undefined ? {} : { snapLength });
    open.push(made);
    top = made;
  }
  if (record !== undefined) {
    const { record: recorded } = await import("../network/record/record.ts");
    const made = recorded(top, record.fd);
    open.push(made);
    top = made;
  }
  return {
    network: top,
    settled,
    close: () => {
      for (const each of open) each.close();
      try {
        check();
        return [];
      } catch (error) {
        return (error as Error).message.split("\n").slice(1);
      }
    },
  };
}
