/**
 * The one place that asks a policy: what it answers is taken at its word only where that is a clear yes, written down,
 * and published.
 */

import type { PolicyEvent } from "../events/channels.ts";
import { events } from "../events/channels.ts";
import { describeAnswer, describeThrown, ignoreRejection, Warnings } from "../messages/answers.ts";
import type { IpAddress, IpSocketAddress } from "../network/address.ts";
import type { Audit } from "./audit.ts";
import { type AddressUse, NOTHING_ALLOWS, type Policy } from "./policy.ts";

const METHODS = ["offers", "check", "checkName"] as const;
const OPTIONAL_METHODS = ["mayReply", "resolved", "why"] as const;

/** What one guest may do. Nothing here throws, whatever the policy does. */
export class Permissions {
  /** Whether senders of datagrams can be answered for having sent, so that they have to be remembered. */
  readonly remembersSenders: boolean;
  /** See {@link Policy.watched}. */
  readonly watched: readonly string[];
  readonly #host: number;
  readonly #policy: Policy;
  readonly #audit: Audit | undefined;
  readonly #warnings: Warnings = new Warnings();

  /**
   * @param host which host asks, in events
   * @param policy is asked
   * @param audit writes each decision down, where given
   */
  constructor(host: number, policy: Policy, audit: Audit | undefined) {
    this.#host = host;
    this.#policy = policy;
    this.#audit = audit;
    this.watched = policy.watched ?? [];
    this.remembersSenders = policy.mayReply !== undefined;
  }

  /** Whether sockets of a kind may be had at all; a yes to `resolve` is no decision yet, and not written down. */
  offers(kind: "tcp" | "udp" | "resolve", name?: string): boolean {
    const reason = this.#refusal("offers", () => this.#policy.offers(kind));
    if (kind === "resolve" && reason === undefined) return true;
    return this.decide(reason === undefined, kind, name, reason);
  }

  /**
   * Whether an address may be used.
   *
   * @param use what for
   * @param address the one that the operation is about
   * @param local of accept, send and receive our own end, as it was bound
   * @param isReply whether an address of `udp-send` has sent a datagram before
   */
  check(use: AddressUse, address: IpSocketAddress, local?: IpSocketAddress, isReply = false): boolean {
    const policy = this.#policy;
    let answer: unknown;
    try {
      answer = policy.check(use, address, local);
      if (answer === false && isReply) answer = policy.mayReply?.(address, local) ?? false;
    } catch (error) {
      return this.decide(false, use, address, this.#thrown(error));
    }
    if (answer === true) return this.decide(true, use, address, undefined);
    return this.decide(false, use, address, this.#reason("check", answer));
  }

  /** Whether a name may be looked up. */
  checkName(name: string): boolean {
    const reason = this.#refusal("checkName", () => this.#policy.checkName(name));
    return this.decide(reason === undefined, "resolve", name, reason);
  }

  /** Tells the policy what a name was resolved to. */
  resolved(name: string, addresses: readonly IpAddress[]): void {
    try {
      ignoreRejection(this.#policy.resolved?.(name, addresses));
    } catch (error) {
      this.#warnings.give("the policy of a host threw when it was told what a name was resolved to", error);
    }
  }

  /**
   * Writes a decision down and publishes it.
   *
   * @param isGranted the decision
   * @param use what was asked for
   * @param target the address or the name, where there is one
   * @param reason why it was refused, where that is known
   * @returns the decision; a grant that could not be written down is none
   */
  decide(
    isGranted: boolean,
    use: PolicyEvent["use"],
    target: PolicyEvent["target"],
    reason: string | undefined,
  ): boolean {
    const host = this.#host;
    const audit = this.#audit;
    let event: PolicyEvent | undefined;
    if (audit !== undefined) {
      try {
        event = eventOf(host, use, target, reason);
        audit(isGranted, event);
      } catch (error) {
        this.#warnings.give(
          "the audit log of a host could not be written, and what was asked for is refused",
          error,
        );
        if (isGranted) event = eventOf(host, use, target, "the audit log could not be written");
        isGranted = false;
      }
    }
    const channel = isGranted ? events.policyGrant : events.policyRefuse;
    if (channel.hasSubscribers) channel.publish(event ?? eventOf(host, use, target, reason));
    return isGranted;
  }

  /** Why the policy's answer is no yes; `undefined` where it is one. */
  #refusal(method: string, ask: () => unknown): string | undefined {
    let answer: unknown;
    try {
      answer = ask();
    } catch (error) {
      return this.#thrown(error);
    }
    return answer === true ? undefined : this.#reason(method, answer);
  }

  #reason(method: string, answer: unknown): string {
    if (answer !== false) {
      const what = `${method} answered ${describeAnswer(answer)}, and only true grants`;
      this.#warnings.give(`the policy of a host: ${what}`);
      return what;
    }
    try {
      const reason: unknown = this.#policy.why?.();
      ignoreRejection(reason);
      return typeof reason === "string" ? describeThrown(reason) : NOTHING_ALLOWS;
    } catch {
      return NOTHING_ALLOWS;
    }
  }

  #thrown(error: unknown): string {
    this.#warnings.give("the policy of a host threw, and what it was asked for is refused", error);
    return `the policy threw: ${describeThrown(error)}`;
  }
}

function eventOf(
  host: number,
  use: PolicyEvent["use"],
  target: PolicyEvent["target"],
  reason: string | undefined,
): PolicyEvent {
  return reason === undefined ? { host, use, target } : { host, use, target, reason };
}

/**
 * Refuses what is no policy.
 *
 * @throws TypeError that says what is missing
 */
export function requirePolicy(policy: Policy): void {
  if (typeof policy !== "object" || policy === null) {
    throw new TypeError(`policy must be an object, and is ${describeAnswer(policy)}`);
  }
  for (const name of METHODS) {
    if (typeof policy[name] === "function") continue;
    throw new TypeError(`policy.${name} must be a function: policyFromRules makes a policy of rules`);
  }
  for (const name of OPTIONAL_METHODS) {
    if (policy[name] !== undefined && typeof policy[name] !== "function") {
      throw new TypeError(`policy.${name} must be a function`);
    }
  }
  const watched: unknown = policy.watched ?? [];
  if (!Array.isArray(watched) || watched.some((name) => typeof name !== "string")) {
    throw new TypeError("policy.watched must be an array of names");
  }
}
