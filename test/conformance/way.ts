/** A way to reach the host. */
import type { HostOptions } from "../../host/host.ts";
import type { PolicyRules } from "../../host/policy/rules.ts";
import type { Guest } from "./guest.ts";

/** How the host of a test is made. Rules and limits can be sent to another thread, functions can't. */
export interface WayOptions extends Omit<HostOptions, "policy"> {
  readonly rules: PolicyRules;
}

/** What a way may lack. */
export interface Abilities {
  /** The calls of `wasi:io/streams` named blocking can wait. */
  readonly blocking: boolean;
  /** Options of the host may hold functions: a check in the rules, a resolver. */
  readonly functions: boolean;
  /** It is on the system's network, where peers outside are. */
  readonly system: boolean;
}

/** One way. */
export interface Way<G = Guest> {
  readonly name: string;
  readonly can: Abilities;
  /** Makes a host and a guest in it. */
  open(options: WayOptions): Promise<G>;
}
