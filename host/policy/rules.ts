/**
 * A policy from rules.
 */
import { milliseconds } from "../io/milliseconds.ts";
import { describeAnswer, Warnings } from "../messages/answers.ts";
import { requireKnownKeys } from "../messages/known-keys.ts";
import type { IpSocketAddress } from "../network/address.ts";
import { ipOf, ipText, isMapped, isWildcard, unmapIp, withPort } from "../network/address.ts";
import { zoneName, zoneNumber } from "../network/zones.ts";
import { embeddedIpv4 } from "./embedded.ts";
import { type Protocol, parseNames, parseRules, type Rule } from "./grammar.ts";
import { isLocalName, matchesName, normalName, Pins } from "./names.ts";
import { type AddressUse, NO_NAME_OPENS, type Policy } from "./policy.ts";
import { ipv4At, isInRanges, isLoopback, isZoned, nameMayOpen } from "./ranges.ts";

/** What a guest may do, as rules. Without any of them it may do nothing. docs/permissions.md tells each in full. */
export interface PolicyRules {
  /**
   * Peers to connect to, to send to and to receive from: `true` for all, or rules
   * `[tcp://|udp://]host[:ports]`, where `host` is a name, `*.name`, an IPv4 address, an IPv6 address in
   * brackets, either with `/bits`, one of the words `private`, `loopback`, `link-local`, `multicast`, `unspecified`,
   * `broadcast`, `metadata`, or `*`; `ports` is `443`, `8000-8100` or `*`, and without it all.
   * Names may be looked up, with `*` all, and stand for an hour for the addresses that came of it, but for those of the machine itself,
   * of its links and of its cloud; `localhost` is loopback. A zone (`[fe80::1%eth0]`) counts; without one an address is
   * meant on every link.
   */
  allowNet?: boolean | readonly string[];
  /**
   * Own addresses to bind and listen on; peers may then connect and send from anywhere, and whoever has sent a datagram
   * to one of them may be answered from there. Rules as above.
   */
  allowListen?: boolean | readonly string[];
  /** Names to look up: `true` for all, or a list of names and `*.name`. */
  allowDns?: boolean | readonly string[];
  /**
   * What stays forbidden whatever else is allowed; rules as above. A name here can't be looked up, and forbids the
   * addresses that it is known to have. An IPv4 address is forbidden also where it is part of an IPv6 address that may
   * lead to it (mapped, NAT64, 6to4, ISATAP, Teredo), and an address with a zone also where no zone is named.
   */
  denyNet?: boolean | readonly string[];
  /**
   * Asked before the rules, but behind `denyNet`: yes, no, or `undefined` to let the rules decide. Any other answer, such
   * as a promise, is a no, and so is whatever it throws. `local` is our own end where there is one.
   */
  check?(address: IpSocketAddress, use: AddressUse, local?: IpSocketAddress): boolean | undefined;
}

const KEYS: Readonly<Record<keyof PolicyRules, true>> = {
  allowNet: true,
  allowListen: true,
  allowDns: true,
  denyNet: true,
  check: true,
};

/** The lists of rules. */
type RuleList = "allowNet" | "allowListen" | "allowDns" | "denyNet";

const AS_IN_CODE: Readonly<Record<RuleList, string>> = {
  allowNet: "allowNet",
  allowListen: "allowListen",
  allowDns: "allowDns",
  denyNet: "denyNet",
};

/** For how long a rule's name stands for an address that it was resolved to, in milliseconds: an hour. */
const PIN_AGE = 3_600_000;

/** A rule, and what its name was resolved to. */
interface Pinned extends Rule {
  readonly pins: Pins;
}

/**
 * Makes a policy from rules.
 *
 * Whoever may connect or send anywhere may also bind port 0, since that is what connecting does.
 *
 * @param rules see {@link PolicyRules}
 * @throws TypeError that names the rule that was not understood, or the key that there is not
 */
export function policyFromRules(rules: PolicyRules): Policy {
  return policyByClock(rules, milliseconds);
}

/**
 * The same, by a clock of the caller's.
 *
 * @param now gives milliseconds from any start
 * @param called what messages call the lists; default as here
 */
export function policyByClock(
  rules: PolicyRules,
  now: () => number,
  called: Readonly<Record<RuleList, string>> = AS_IN_CODE,
): Policy {
  requireKnownKeys("rules", "rule of a policy", rules, Object.keys(KEYS));
  const net = withPins(parseRules(called.allowNet, own(rules, "allowNet")), PIN_AGE);
  const listen = withPins(parseRules(called.allowListen, own(rules, "allowListen"), true), PIN_AGE);
  // What was forbidden once stays so.
  const deny = withPins(parseRules(called.denyNet, own(rules, "denyNet")), Number.POSITIVE_INFINITY);
  const dns = parseNames(called.allowDns, own(rules, "allowDns"));
  const custom = customOf(rules);
  const names = net.filter((rule) => rule.host.kind === "name");
  const warnings = new Warnings();
  let reason: string | undefined;

  const has = (list: Pinned[], protocol: Protocol): boolean =>
    list.some((rule) => rule.protocol === undefined || rule.protocol === protocol);
  const allows = (list: Pinned[], protocol: Protocol, address: IpSocketAddress): boolean => {
    for (const rule of list)
      if (concerns(rule, protocol, address) && isMeant(rule, address, now)) return true;
    return false;
  };

  /** The rule that forbids an address. */
  const denial = (protocol: Protocol, address: IpSocketAddress): Rule | undefined => {
    if (deny.length === 0) return undefined;
    for (const rule of deny) {
      if (concerns(rule, protocol, address) && mayBeMeant(rule, address, now)) return rule;
    }
    if (address.tag === "ipv4") return undefined;
    const { port } = address.val;
    for (const ipv4 of embeddedIpv4(address.val.address)) {
      const inside = ipv4At(ipv4, port);
      const rule = deny.find((each) => concerns(each, protocol, inside) && mayBeMeant(each, inside, now));
      if (rule !== undefined) return rule;
    }
    return undefined;
  };
  const isDenied = (use: AddressUse, protocol: Protocol, address: IpSocketAddress): boolean => {
    let rule = denial(protocol, address);
    // To connect is to bind the wildcard first, and that is no address.
    const isAnywhere =
      (use === "tcp-bind" || use === "udp-bind") && address.val.port === 0 && isWildcard(address);
    if (isAnywhere && rule !== undefined) {
      rule = deny.find((each) => each.host.kind === "any" && concerns(each, protocol, address));
    }
    if (rule !== undefined) reason = `the rule ${rule.text} denies it`;
    return rule !== undefined;
  };
  const ask = (address: IpSocketAddress, use: AddressUse, local?: IpSocketAddress): boolean | undefined => {
    const answer: unknown = custom?.(address, use, local);
    if (answer === undefined || answer === true) return answer;
    if (answer === false) {
      reason = "check said no";
      return false;
    }
    reason = `check answered ${describeAnswer(answer)}, and only true grants`;
    warnings.give(`a policy's ${reason}`);
    return false;
  };

  /** Whether whoever likes may send to this end of ours. */
  const isOpenForAll = (local: IpSocketAddress | undefined): boolean =>
    local !== undefined && allows(listen, "udp", local) && denial("udp", local) === undefined;
  /** A name that was resolved to the address, and does not open it. */
  const unopened = (protocol: Protocol, address: IpSocketAddress): string | undefined => {
    for (const rule of names) {
      const name = concerns(rule, protocol, address) ? rule.pins.nameOf(ipOf(address), now()) : undefined;
      if (name !== undefined) return `${name} resolved to ${ipText(ipOf(address))}, ${NO_NAME_OPENS}`;
    }
    return undefined;
  };
  const mayReach = (protocol: Protocol, address: IpSocketAddress): boolean => {
    if (allows(net, protocol, address)) return true;
    reason = unopened(protocol, address);
    return false;
  };
  const byRules = (
    use: AddressUse,
    address: IpSocketAddress,
    local: IpSocketAddress | undefined,
  ): boolean => {
    switch (use) {
      case "tcp-bind":
      case "udp-bind": {
        const protocol = use === "tcp-bind" ? "tcp" : "udp";
        if (address.val.port === 0 && has(net, protocol)) return true;
        return allows(listen, protocol, address);
      }
      case "tcp-listen":
        return allows(listen, "tcp", address);
      case "tcp-accept":
        return has(listen, "tcp");
      case "tcp-connect":
        return mayReach("tcp", address);
      case "udp-send":
        return mayReach("udp", address);
      case "udp-receive":
        return allows(net, "udp", address) || isOpenForAll(local);
      default:
        return false;
    }
  };

  const watched = deny.flatMap(({ host }) =>
    host.kind === "name" && !host.name.below && !isLocalName(host.name.name) ? [host.name.name] : [],
  );
  return {
    watched,
    ...(has(listen, "udp") && {
      mayReply: (address: IpSocketAddress, local?: IpSocketAddress): boolean =>
        !isDenied("udp-send", "udp", address) &&
        ask(address, "udp-send", local) !== false &&
        isOpenForAll(local),
    }),
    offers(kind) {
      reason = undefined;
      // an address in words is no name, and whoever may reach one may have it read
      if (kind === "resolve") return dns === true || dns.length > 0 || net.length > 0;
      return custom !== undefined || has(net, kind) || has(listen, kind);
    },
    check(use, address, local) {
      reason = undefined;
      if (deny.length > 0 && isDenied(use, use.startsWith("tcp") ? "tcp" : "udp", address)) return false;
      const answer = custom === undefined ? undefined : ask(address, use, local);
      return answer ?? byRules(use, unmapped(address), local);
    },
    checkName(name) {
      reason = undefined;
      const plain = normalName(name);
      const denied = deny.find((rule) => isEverything(rule) || deniesName(rule, plain));
      if (denied !== undefined) {
        reason = `the rule ${denied.text} denies it`;
        return false;
      }
      if (dns === true || dns.some((pattern) => matchesName(pattern, plain))) return true;
      return net.some(
        ({ host }) => host.kind === "any" || (host.kind === "name" && matchesName(host.name, plain)),
      );
    },
    resolved(name, addresses) {
      const plain = normalName(name);
      const time = now();
      for (const { host, pins } of [...names, ...deny]) {
        if (host.kind !== "name" || !matchesName(host.name, plain)) continue;
        for (const address of addresses) pins.add(plain, address, time);
      }
    },
    why: () => reason,
  };
}

/** A rule of the caller's, and none that some other code has put into every object. */
function own<Key extends keyof PolicyRules>(rules: PolicyRules, key: Key): PolicyRules[Key] {
  return !Object.hasOwn(rules, key) && Object.hasOwn(Object.prototype, key) ? undefined : rules[key];
}

function customOf(rules: PolicyRules): PolicyRules["check"] {
  const check: unknown = own(rules, "check");
  if (check === undefined) return undefined;
  if (typeof check !== "function")
    throw new TypeError(`check must be a function, and is ${describeAnswer(check)}`);
  return check.bind(rules) as NonNullable<PolicyRules["check"]>;
}

function withPins(rules: readonly Rule[], age: number): Pinned[] {
  return rules.map((rule) => ({ ...rule, pins: new Pins(age) }));
}

function isEverything({ host, protocol, firstPort, lastPort }: Rule): boolean {
  return host.kind === "any" && protocol === undefined && firstPort === 0 && lastPort === 65535;
}

function deniesName({ host }: Rule, name: string): boolean {
  return host.kind === "name" && matchesName(host.name, name);
}

/** Whether a rule is about the protocol and the port. */
function concerns(rule: Rule, protocol: Protocol, { val: { port } }: IpSocketAddress): boolean {
  return (
    (rule.protocol === undefined || rule.protocol === protocol) &&
    port >= rule.firstPort &&
    port <= rule.lastPort
  );
}

/** Whether a rule that allows means an address. */
function isMeant({ host, pins }: Pinned, address: IpSocketAddress, now: () => number): boolean {
  const parts = address.val.address;
  switch (host.kind) {
    case "any":
      return true;
    case "ranges":
      return isInRanges(parts, host.ranges) && (host.zone === undefined || isInZone(address, host.zone));
    case "name": {
      if (host.name.name === "localhost" && !host.name.below) return isLoopback(parts);
      const ip = ipOf(address);
      const name = pins.nameOf(ip, now());
      return name !== undefined && nameMayOpen(ip, isLocalName(name));
    }
  }
}

/** Whether a rule that denies may mean an address. */
function mayBeMeant({ host, pins }: Pinned, address: IpSocketAddress, now: () => number): boolean {
  const parts = address.val.address;
  switch (host.kind) {
    case "any":
      return true;
    case "ranges":
      return isInRanges(parts, host.ranges) && (host.zone === undefined || mayBeInZone(address, host.zone));
    case "name":
      if (isLocalName(host.name.name) && isLoopback(parts)) return true;
      return pins.nameOf(ipOf(address), now()) !== undefined;
  }
}

/** What the system takes an address for: a mapped one is the IPv4 address. */
function unmapped(address: IpSocketAddress): IpSocketAddress {
  if (address.tag === "ipv4" || !isMapped(address.val.address)) return address;
  return withPort(unmapIp(ipOf(address)), address.val.port);
}

/** A zone that is no interface here has no number, and nothing is in it. */
function isInZone({ tag, val }: IpSocketAddress, zone: string): boolean {
  return tag === "ipv6" && val.scopeId !== 0 && zoneNumber(zone) === val.scopeId;
}

/** Without a zone, and by a number that no interface has, the system may choose the link. */
function mayBeInZone(address: IpSocketAddress, zone: string): boolean {
  if (address.tag === "ipv4" || !isZoned(address)) return true;
  const { scopeId } = address.val;
  if (scopeId === 0 || zoneNumber(zone) === scopeId || Number(zone) === scopeId) return true;
  return zoneName(scopeId) === undefined;
}
