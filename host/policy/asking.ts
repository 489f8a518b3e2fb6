/**
 * A policy that asks about what its rules don't allow: a person at a terminal, or a list of what a program needs.
 */
import { printable } from "../messages/printable.ts";
import { type IpSocketAddress, ipOf, sameAddress, socketAddressText, withPort } from "../network/address.ts";
import { Pins } from "./names.ts";
import { type AddressUse, derivePolicy, NO_NAME_OPENS, type Policy, type Use } from "./policy.ts";
import { policyFromRules } from "./rules.ts";

/** A permission that a guest wants and no rule grants. */
export interface PermissionRequest {
  /** `http` is a request by `wasi:http`, which goes past the rules for addresses, so that only the rule for everything allows it. */
  readonly use: Use | "http";
  /** The address with its port, the name, or the request's method and URL; it can be shown as it is. */
  readonly target: string;
  /** Which name the address was found by; `undefined` where none was, or the name does not open it. */
  readonly name: string | undefined;
  /** Where a rule would allow it. */
  readonly option: "allowNet" | "allowListen" | "allowDns";
  /** The narrowest rule that would. */
  readonly rule: string;
}

/** `once`: this call, or this socket; `run`: whatever the rule allows, from now on; `none`: no, and ask no more. */
export type PermissionAnswer = "once" | "run" | "deny" | "none";

/** Answers at once: the guest waits. */
export type Ask = (request: PermissionRequest) => PermissionAnswer;

/** One who is asked no more after having answered `none`, whatever it is about. */
export function untilNone(ask: Ask): Ask {
  let asksNoMore = false;
  return (request) => {
    const answer = asksNoMore ? "none" : ask(request);
    asksNoMore ||= answer === "none";
    return answer;
  };
}

/** A guest that is refused ever different things is not asked about any more. */
const MOST_DENIED = 100;

/** What was granted when it was asked for. */
interface Grant {
  readonly policy: Policy;
  /** Of a grant for once: whose socket it is. */
  readonly local: IpSocketAddress | undefined;
  /** How often it still allows what makes a connection or a listener. */
  readonly left: Map<AddressUse, number> | undefined;
}

/** What a grant for once does not allow again; what follows from it, such as accepting, has no number. */
const ONCE: readonly AddressUse[] = ["tcp-bind", "tcp-listen", "tcp-connect", "udp-bind"];

/** How often a grant for one use allows others: who was asked about a bind need not be asked whether to listen there. */
function leftBehind(use: AddressUse): Map<AddressUse, number> {
  return new Map(ONCE.map((each) => [each, use === "tcp-bind" && each === "tcp-listen" ? 1 : 0]));
}

/**
 * Makes one. What is denied stays denied, and nobody is asked about it; nor about what peers do. A socket may always be
 * had, and be bound to a port of the system's choice, so that what is asked about has an address.
 *
 * @param rules answer first
 * @param ask is asked once about the same
 */
export function askingPolicy(rules: Policy, ask: Ask): Policy {
  const grants: Grant[] = [];
  const denied = new Set<string>();
  const names = new Pins(Number.POSITIVE_INFINITY);
  // sockets that have asked to send need not be asked whether to receive
  const senders = new Set<string>();
  let asksNoMore = false;

  /** Whether what was refused last was refused for want of a rule, and by none. */
  const isOpen = (): boolean => {
    const reason = rules.why?.();
    return reason === undefined || reason.endsWith(NO_NAME_OPENS);
  };

  const isGranted = (
    use: AddressUse,
    address: IpSocketAddress,
    local: IpSocketAddress | undefined,
  ): boolean => grants.some((grant) => takes(grant, use, address, local));

  const decide = (
    request: PermissionRequest,
    use: AddressUse | undefined,
    local?: IpSocketAddress,
  ): boolean => {
    const key = `${request.option} ${request.rule}`;
    if (asksNoMore || denied.has(key)) return false;
    const answer: unknown = ask(request);
    if (answer === "run" || (answer === "once" && use !== undefined)) {
      const policy = policyFromRules({ [request.option]: [request.rule] });
      const isOnce = answer === "once" && use !== undefined;
      grants.push({ policy, local: isOnce ? local : undefined, left: isOnce ? leftBehind(use) : undefined });
      return true;
    }
    if (answer === "once") return true;
    denied.add(key);
    if (answer !== "deny" || denied.size >= MOST_DENIED) asksNoMore = true;
    return false;
  };

  return derivePolicy(rules, {
    offers: (kind) => rules.offers(kind) || isOpen(),
    check(use, address, local) {
      if (rules.check(use, address, local) === true) return true;
      if (!isOpen()) return false;
      const isBind = use === "tcp-bind" || use === "udp-bind";
      if (isBind && address.val.port === 0) return true;
      // a grant that came after the look-up knows what came of it as well
      const found = names.nameOf(ipOf(address), 0);
      if (found !== undefined) for (const { policy } of grants) policy.resolved?.(found, [ipOf(address)]);
      if (isGranted(use, address, local)) return true;
      const asked = requestOf(use, address, local, found, senders);
      if (asked === undefined) return false;
      if (use === "udp-send" && local !== undefined) senders.add(socketAddressText(local));
      if (!decide(asked, use, local)) return false;
      if (found !== undefined) grants.at(-1)?.policy.resolved?.(found, [ipOf(address)]);
      return true;
    },
    mayReply(address, local) {
      if (rules.mayReply?.(address, local) === true || rules.check("udp-send", address, local) === true)
        return true;
      return isOpen() && grants.some(({ policy }) => policy.mayReply?.(address, local) === true);
    },
    checkName(name) {
      if (rules.checkName(name) === true) return true;
      if (!isOpen()) return false;
      if (grants.some(({ policy }) => policy.checkName(name))) return true;
      const rule = name.toLowerCase().replace(/\.$/, "");
      const request = { use: "resolve", target: printable(name), name, option: "allowDns", rule } as const;
      return isUnderstood(request) && decide(request, undefined);
    },
    resolved(name, addresses) {
      rules.resolved?.(name, addresses);
      for (const address of addresses) names.add(name.toLowerCase().replace(/\.$/, ""), address, 0);
    },
  });
}

/** Whether a grant allows something; one for once then does so no more. */
function takes(
  { policy, left, local: owner }: Grant,
  use: AddressUse,
  address: IpSocketAddress,
  local: IpSocketAddress | undefined,
): boolean {
  if (owner !== undefined && (local === undefined || !sameAddress(owner, local))) return false;
  if (left?.get(use) === 0 || policy.check(use, address, local) !== true) return false;
  const times = left?.get(use);
  if (times !== undefined) left?.set(use, times - 1);
  return true;
}

/** What to ask; `undefined` where the guest has not asked for it, or no rule could say it. */
function requestOf(
  use: AddressUse,
  address: IpSocketAddress,
  local: IpSocketAddress | undefined,
  found: string | undefined,
  senders: ReadonlySet<string>,
): PermissionRequest | undefined {
  const scheme = use.startsWith("tcp") ? "tcp" : "udp";
  const target = printable(socketAddressText(address));
  const rule = `${scheme}://${target}`;
  switch (use) {
    case "tcp-connect":
    case "udp-send": {
      const named = `${scheme}://${found}:${address.val.port}`;
      const byName = { use, target, name: found, option: "allowNet", rule: named } as const;
      if (found !== undefined && allows(byName, use, address, local, found)) return byName;
      const byAddress = { use, target, name: undefined, option: "allowNet", rule } as const;
      return allows(byAddress, use, address, local, undefined) ? byAddress : undefined;
    }
    case "tcp-bind":
    case "udp-bind": {
      const request = { use, target, name: undefined, option: "allowListen", rule } as const;
      return allows(request, use, address, local, undefined) ? request : undefined;
    }
    case "tcp-listen":
      // who chose a port was asked when it was bound: the system chose this one, and another the next time
      return anyPort(use, address, address);
    case "udp-receive":
      return local === undefined || senders.has(socketAddressText(local))
        ? undefined
        : anyPort(use, local, address, local);
    case "tcp-accept":
      return undefined;
  }
}

function anyPort(
  use: AddressUse,
  own: IpSocketAddress,
  address: IpSocketAddress,
  local?: IpSocketAddress,
): PermissionRequest | undefined {
  const rule = `${use.slice(0, 3)}://${socketAddressText(withPort(ipOf(own), 0)).replace(/:0$/, "")}`;
  const target = printable(socketAddressText(own));
  const request = { use, target, name: undefined, option: "allowListen", rule } as const;
  return allows(request, use, address, local, undefined) ? request : undefined;
}

/** Whether a rule says what is asked for: of a guest's own words none is taken that the grammar of rules doesn't know. */
function allows(
  { option, rule }: PermissionRequest,
  use: AddressUse,
  address: IpSocketAddress,
  local: IpSocketAddress | undefined,
  found: string | undefined,
): boolean {
  try {
    const policy = policyFromRules({ [option]: [rule] });
    if (found !== undefined) {
      // of a name such as "private" the rule would say something else
      if (!policy.checkName(found)) return false;
      policy.resolved?.(found, [ipOf(address)]);
    }
    return policy.check(use, address, local);
  } catch {
    return false;
  }
}

/** Whether a rule stands for the one name that it is. */
export function isUnderstood({ option, rule }: Pick<PermissionRequest, "option" | "rule">): boolean {
  try {
    return !rule.includes("*") && policyFromRules({ [option]: [rule] }).checkName(rule);
  } catch {
    return false;
  }
}
