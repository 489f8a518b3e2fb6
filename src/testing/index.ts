/** wasock/testing: networks in memory, whose clock jumps and whose chance is a seed's. */
import {
  createNetwork as createVirtual,
  type MachineHandle,
  type NetworkOptions,
  type VirtualNetwork,
} from "../../host/network/virtual/index.ts";
import { type Library, onNetwork } from "../index.ts";

export {
  type FaultRule,
  type FaultyNetwork,
  type Partition,
  withFaults,
} from "../../host/network/faults/index.ts";
export {
  type CapturedNetwork,
  type PcapOptions,
  type PcapTarget,
  pcap,
} from "../../host/network/pcap/index.ts";
export {
  type Mask,
  type Masked,
  type RecordedNetwork,
  type RecordOptions,
  type RecordTarget,
  record,
} from "../../host/network/record/record.ts";
export { type ReplayNetwork, type ReplayOptions, replay } from "../../host/network/record/replay.ts";
export type { HistoryEvent, LinkRules, NetworkOptions } from "../../host/network/virtual/index.ts";

export {
  type Dice,
  type Fault,
  type HostPlan,
  type Once,
  type Place,
  type Scenario,
  type Simulated,
  type SimulateOptions,
  simulate,
  type Traced,
  type View,
} from "./simulation/index.ts";

/** A machine of a network in memory. */
export interface TestMachine extends MachineHandle {
  /** The library's functions and its class `Socket`, on this machine. */
  readonly net: Library;
}

/** A network in memory. */
export interface TestNetwork extends VirtualNetwork {
  host(name: string, addresses?: readonly string[]): TestMachine;
}

/**
 * Makes a network in memory.
 *
 * @param options the seed, and what else is not as usual
 * @throws TypeError for an option that there is not, or of a wrong type
 */
export function createNetwork(options: NetworkOptions): TestNetwork {
  const network = createVirtual(options);
  const machines = new Map<string, TestMachine>();
  const host = (name: string, addresses?: readonly string[]): TestMachine => {
    const made = network.host(name, addresses);
    let machine = machines.get(name);
    if (machine === undefined) {
      machine = { ...made, net: onNetwork(made.network) };
      machines.set(name, machine);
    }
    return machine;
  };
  // the rest, with what it says anew each time
  return Object.create(network, { host: { value: host, enumerable: true } }) as TestNetwork;
}
