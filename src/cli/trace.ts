/** What a guest does on the network, told on stderr; and why what was refused was refused, where a rule did it. */

import { openSync } from "node:fs";
import type { ChannelName, PolicyEvent } from "../../host/events/channels.ts";
import { type AnyEvent, channelNames, LimitedLines, timedLine } from "../../host/events/trace.ts";
import { milliseconds } from "../../host/io/milliseconds.ts";
import { printable } from "../../host/messages/printable.ts";
import { ipText, socketAddressText } from "../../host/network/address.ts";
import { NOTHING_ALLOWS } from "../../host/policy/policy.ts";
import { sentenceOf } from "./failure.ts";
import { tell, tellsJson } from "./tell.ts";
import { UsageError } from "./usage.ts";

/** More refusals than this are one kind of news. */
const MOST_TOLD = 10;

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
    throw new UsageError(`--audit ${file}: ${sentenceOf(error as NodeJS.ErrnoException)}`);
  }
}

/** Who listens to a program's events. */
export interface Listener {
  readonly channels: readonly ChannelName[];
  readonly take: (channel: ChannelName, event: AnyEvent) => void;
  /** Tells what was refused for a reason. */
  end(): void;
}

/**
 * Makes one.
 *
 * @param told whether every event gets a line, and not only what was refused
 * @param bytesPerSecond see `Caps.traceBytes`
 */
export function listener(told: boolean, bytesPerSecond?: number): Listener {
  const start = milliseconds();
  const refused = new Map<string, object>();
  const lines = new LimitedLines((line) => console.error(line), bytesPerSecond);
  const lineOf = tellsJson() ? jsonLine : timedLine;
  const note = ({ use, target, reason = NOTHING_ALLOWS }: PolicyEvent): void => {
    // who was asked about it tells it
    if (reason === NOTHING_ALLOWS && use !== "http") return;
    const subject = target && printable(typeof target === "object" ? socketAddressText(target) : target);
    const what = subject === undefined ? use : `${use} ${subject}`;
    const why =
      reason === NOTHING_ALLOWS
        ? "; --allow-net allows it, where nothing is denied"
        : `: ${printable(reason)}`;
    refused.set(`${what} was not allowed${why}`, { use, target: subject, reason: printable(reason) });
  };
  return {
    channels: told ? channelNames : ["wasock:policy:refuse"],
    take: (channel, event) => {
      if (channel === "wasock:policy:refuse" && refused.size < MOST_TOLD) note(event as PolicyEvent);
      if (told) lines.add(channel, lineOf(start, channel, event));
    },
    end: () => {
      lines.tellOmitted();
      for (const [message, more] of refused) tell("refused", message, more, "hint");
    },
  };
}

/** An event as a line of JSON: addresses are text, times are seconds, and numbers are as docs/observability.md tells. */
function jsonLine(start: number, channel: ChannelName, event: AnyEvent): string {
  const plain = Object.entries(event).map(([key, value]) => [key, plainOf(value)] as const);
  const time = Number(((milliseconds() - start) / 1000).toFixed(6));
  return JSON.stringify({ kind: "event", time, channel, ...Object.fromEntries(plain) });
}

function plainOf(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== "object" || value === null) return value;
  const { val } = value as { val?: unknown };
  if (Array.isArray(val)) return ipText(value as Parameters<typeof ipText>[0]);
  return printable(socketAddressText(value as Parameters<typeof socketAddressText>[0]));
}
