/** A recording as a network: others do what they did then, as soon as the program has done what it did. */
import { systemTime } from "../../io/time.ts";
import { describeAnswer } from "../../messages/answers.ts";
import { requireKnownKeys } from "../../messages/known-keys.ts";
import { type IpSocketAddress, isWildcard } from "../address.ts";
import { systemError } from "../errors.ts";
import type { Network } from "../network.ts";
import { parseAddress } from "./format.ts";
import { Replay, type ReplayOptions } from "./going.ts";
import { ReplayTcpPort, ReplayTransport } from "./replay-tcp.ts";
import { ReplayUdpPort } from "./replay-udp.ts";

export type { ReplayOptions } from "./going.ts";

/** A recording as a network. */
export interface ReplayNetwork extends Network {
  /** What the program has done otherwise than the recording says, so far: sentences. */
  readonly differences: readonly string[];
  /**
   * Throws where the program has done something else than the recording says, or not all of it.
   *
   * @throws Error that tells all of it
   */
  check(): void;
}

/**
 * Makes a network of a recording, which needs no other.
 *
 * @param recording what `record` has written: the whole text
 * @throws TypeError for what is no recording, an option that there is not, or of a wrong type
 */
export function replay(recording: string, options: ReplayOptions = {}): ReplayNetwork {
  requireKnownKeys("options", "option of a replay", options, ["strict", "keepTime", "mask"]);
  for (const [name, type] of [
    ["strict", "boolean"],
    ["keepTime", "boolean"],
    ["mask", "function"],
  ] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== type) {
      throw new TypeError(`${name} must be a ${type}, and is ${describeAnswer(value)}`);
    }
  }
  if (typeof recording !== "string") {
    throw new TypeError(`recording must be the text of one, and is ${describeAnswer(recording)}`);
  }
  const going = new Replay(recording, options);
  return {
    ...systemTime,
    bindTcp(local) {
      const { script } = going;
      const free = script.conversations.find((each) => !each.isTaken && script.locals.has(each));
      const recorded = parseAddress((free && script.locals.get(free)) ?? "");
      const isAsked = local.val.port !== 0 || recorded === undefined || recorded.tag !== local.tag;
      if (isAsked) return new ReplayTcpPort(going, going.freePort(local));
      const { port } = recorded.val;
      const address = isWildcard(local) || !isWildcard(recorded) ? local : recorded;
      return new ReplayTcpPort(going, { tag: local.tag, val: { ...address.val, port } } as IpSocketAddress);
    },
    openTcp: (from, listener) => new ReplayTransport(going, from, listener),
    bindUdp: (local, listener) => new ReplayUdpPort(going, local, listener),
    lookUp(name) {
      const answer = going.script.lookUp(name);
      if (answer === undefined)
        going.differences.push(`it looks ${name} up, which the recording does not have`);
      const { addresses } = answer ?? {};
      const found =
        addresses === undefined
          ? Promise.reject(systemError("getaddrinfo", answer?.error ?? "ENOTFOUND"))
          : Promise.resolve(addresses);
      return { addresses: found, cancel() {} };
    },
    hasZone: () => false,
    differences: going.differences,
    check() {
      const missing = going.script.conversations.flatMap((each) => {
        if (!each.isTaken && each.isQuiet) return [];
        if (!each.isTaken) return [`${each.label}: it is missing`];
        const what = each.missing;
        return what === undefined ? [] : [`${each.label}: ${what}`];
      });
      const all = [...going.differences, ...missing];
      if (all.length > 0)
        throw new Error(`the program did something else than was recorded:\n${all.join("\n")}`);
    },
  };
}
