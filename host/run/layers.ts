/** What stands between a program and the network that it is run on, as data: what lets things go wrong. */
import type { FaultRule } from "../network/faults/index.ts";
import type { Network } from "../network/network.ts";
import { nodeNetwork } from "../network/node/index.ts";

/** Layers, each of which may be there or not. They can cross to another thread. */
export interface Layers {
  /** What goes wrong. */
  readonly faults?: { readonly rules: readonly FaultRule[]; readonly seed: string };
}

/** A network with layers before it. */
export interface Layered {
  readonly network: Network;
  /** Resolves when what the program has let go of has gone out. */
  settled(): Promise<void>;
}

/**
 * Puts layers before a network.
 *
 * @param layers what is asked for
 * @param network default the system's
 * @throws TypeError for a rule that is none
 */
export async function layered(layers: Layers, network: Network = nodeNetwork): Promise<Layered> {
  const { faults } = layers;
  if (faults === undefined) return { network, settled: () => Promise.resolve() };
  const { withFaults } = await import("../network/faults/index.ts");
  const faulty = withFaults(network, faults.rules, faults.seed);
  return { network: faulty, settled: () => faulty.settled() };
}
