/** What a guest does on the network, told on stderr; and which flag would have allowed what was refused. */

import { openSync } from "node:fs";
import type { ChannelName, PolicyEvent } from "../../host/events.ts";
import { milliseconds } from "../../host/io/milliseconds.ts";
import { printable } from "../../host/io/printable.ts";
import { NO_NAME_OPENS, NOTHING_ALLOWS } from "../../host/policy/policy.ts";
import { socketAddressText } from "../../host/sockets/address.ts";
import { type AnyEvent, channelNames, LimitedLines, timedLine } from "../../host/trace.ts";
import { UsageError } from "./usage.ts";

/** More refusals than this are one kind of news. */
const MOST_HINTS = 10;

/** The flag that allows what was refused; undefined when no address tells. */
function hint({ use, target }: PolicyEvent): string | undefined {
  if (use === "http") return "--allow-net --allow-dns";
  if (use === "resolve")
    return typeof target === "string" ? `--allow-dns=${printable(target)}` : "--allow-dns";
  if (typeof target !== "object") {
    return use === "tcp" || use === "udp" ? "--allow-net or --allow-listen" : undefined;
  }
  const option = /bind|listen|accept/.test(use) ? "--allow-listen" : "--allow-net";
  const any = option === "--allow-listen" && target.val.port === 0;
  const where = printable(socketAddressText(target));
  return `${option}=${use.startsWith("tcp") ? "tcp" : "udp"}://${any ? where.replace(/:0$/, "") : where}`;
}

/**
 * Opens the file of an audit log to append to it.
 *
 * @param file its path; undefined where there is to be none
 * @throws UsageError when it can't be written
 */
export function auditOption(file: string | undefined): { audit?: number } {
  if (file === undefined) return {};
  try {
    return { audit: openSync(file, "a") };
  } catch (error) {
    throw new UsageError(`--audit ${file}: ${(error as Error).message}`);
  }
}

/** Who listens to a program's events. */
export interface Listener {
  readonly channels: readonly ChannelName[];
  readonly take: (channel: ChannelName, event: AnyEvent) => void;
  /** Which flags were missing. */
  end(): string[];
}

/**
 * Makes one.
 *
 * @param told whether every event gets a line, and not only what was refused
 * @param bytesPerSecond see `Caps.traceBytes`
 */
export function listener(told: boolean, bytesPerSecond?: number): Listener {
  const start = milliseconds();
  const hints = new Set<string>();
  const lines = new LimitedLines((line) => console.error(line), bytesPerSecond);
  const addHint = (refusal: PolicyEvent): void => {
    const { use, target, reason = NOTHING_ALLOWS } = refusal;
    const flag = hint(refusal);
    const subject = target && printable(typeof target === "object" ? socketAddressText(target) : target);
    const what = subject === undefined ? use : `${use} ${subject}`;
    if (reason === NOTHING_ALLOWS) {
      if (flag !== undefined) hints.add(`${what} was not allowed; ${flag} allows it`);
    } else {
      const more = reason.endsWith(NO_NAME_OPENS) ? `: add ${flag}` : "";
      hints.add(`${what} was not allowed: ${printable(reason)}${more}`);
    }
  };
  return {
    channels: told ? channelNames : ["wasock:policy:refuse"],
    take: (channel, event) => {
      if (channel === "wasock:policy:refuse" && hints.size < MOST_HINTS) addHint(event as PolicyEvent);
      if (told) lines.add(channel, timedLine(start, channel, event));
    },
    end: () => {
      lines.tellOmitted();
      return [...hints];
    },
  };
}
