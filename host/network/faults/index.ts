/** A network that stands before another, and lets go wrong what rules say: seeded, on the system's network too. */
import type { Network } from "../network.ts";
import { standBefore } from "../stand-before.ts";
import { Faults } from "./faults.ts";
import type { FaultRule } from "./rules.ts";
import { FaultyTransport } from "./tcp.ts";
import { FaultyPort } from "./udp.ts";

export type { FaultRule, Partition } from "./rules.ts";

/** A network with faults. */
export interface FaultyNetwork extends Network {
  /** Resolves when what programs have sent and let go of has gone out. */
  settled(): Promise<void>;
}

/**
 * Makes a network on which things go wrong.
 *
 * @param network what it stands before: the system's (`nodeNetwork` of `wasock/host`), or one in memory
 * @param rules what goes wrong, with whom
 * @param seed decides all chance; default 0
 * @throws TypeError for a rule that there is not, or of a wrong type
 */
export function withFaults(
  network: Network,
  rules: readonly FaultRule[],
  seed: number | string = 0,
): FaultyNetwork {
  const faults = new Faults(network, rules, seed);
  return {
    ...standBefore(network),
    openTcp: (from, listener, queueLimit) => new FaultyTransport(faults, from, listener, queueLimit),
    bindUdp: (local, listener) => new FaultyPort(faults, local, listener),
    lookUp(name, guest) {
      const { addresses, cancel } = network.lookUp(name, guest);
      const noted = addresses.then((found) => {
        faults.names.add(name, found);
        return found;
      });
      return { addresses: noted, cancel };
    },
    settled: () => faults.whenAllLeft(),
  };
}
