/**
 * Events as lines for people: `wasock run --trace`, and `NODE_DEBUG=wasock` for every host of a process.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { debuglog } from "node:util";
import { defaultCaps } from "../io/caps.ts";
import { milliseconds } from "../io/milliseconds.ts";
import { ByteRate } from "../io/rate.ts";
import { ignoreRejection, Warnings } from "../messages/answers.ts";
import { printable } from "../messages/printable.ts";
import type { IpAddress } from "../network/address.ts";
import { ipText, socketAddressText } from "../network/address.ts";
import type { ChannelName, ChannelPayloads } from "./channels.ts";
import { events } from "./channels.ts";

/** Every channel. */
export const channelNames: readonly ChannelName[] = Object.values(events).map(({ name }) => name);

/** Any event, as what it may say. */
export type AnyEvent = Partial<
  Omit<ChannelPayloads["wasock:tcp:connect"], "host"> &
    Omit<ChannelPayloads["wasock:tcp:listen"], "host"> &
    Omit<ChannelPayloads["wasock:tcp:accept"], "host"> &
    Omit<ChannelPayloads["wasock:tcp:shutdown"], "host"> &
    Omit<ChannelPayloads["wasock:tcp:close"], "host"> &
    Omit<ChannelPayloads["wasock:udp:drop"], "host"> &
    Omit<ChannelPayloads["wasock:udp:error"], "host"> &
    Omit<ChannelPayloads["wasock:dns:lookup"], "host"> &
    Omit<ChannelPayloads["wasock:policy:refuse"], "host">
> & { readonly host: number };

/** What an event is about, as text: the peer, the name, or our end. */
function subjectOf({ target, name, remote, local }: AnyEvent): string {
  const subject = target ?? name ?? remote ?? local;
  if (subject === undefined) return "";
  return printable(typeof subject === "string" ? subject : socketAddressText(subject));
}

function amountOf({ bytes, sent, received }: AnyEvent): string {
  if (sent !== undefined || received !== undefined) return `${sent ?? 0}+${received ?? 0} B`;
  return bytes === undefined ? "" : `${bytes} B`;
}

function resultOf(channel: ChannelName, event: AnyEvent): string {
  const { error, addresses } = event;
  if (channel === "wasock:policy:grant") return "granted";
  if (channel === "wasock:policy:refuse") return "refused";
  if (error !== undefined) return error;
  if (addresses !== undefined) return addresses.map((address: IpAddress) => ipText(address)).join(",");
  if (channel.endsWith(":start")) return "pending";
  return /:(overflow|drop|linger)$/.test(channel) ? "lost" : "ok";
}

/** Fields that are told by name. */
const NAMED = ["backlog", "listener", "how", "direction", "count", "use"] as const;

/**
 * An event in columns: which socket, the call, the address or name, the bytes, the result, and what else there is.
 *
 * @param channel where it was published
 * @param event what was published
 * @returns e.g. `   #4 tcp connect       127.0.0.1:80               ok`; bytes as `512 B`, of a connection that is
 *   closed as `512+80 B`, those sent and those received
 */
export function describeEvent(channel: ChannelName, event: AnyEvent): string {
  const { socket, lookup } = event;
  const id = socket === undefined ? (lookup === undefined ? "-" : `?${lookup}`) : `#${socket}`;
  const call = channel.replace(/^wasock:/, "").replaceAll(":", " ");
  const named = NAMED.filter((name) => event[name] !== undefined).map((name) => `${name}=${event[name]}`);
  const columns = [
    id.padStart(6),
    call.padEnd(17),
    subjectOf(event).padEnd(21),
    amountOf(event).padStart(10),
    resultOf(channel, event),
  ];
  return [...columns, ...named].join(" ");
}

/**
 * Listens to channels.
 *
 * @param listener told of each event of every host of the process, when it happens
 * @param names the channels; default all, which has a price: each piece of bytes makes an event
 * @returns ends it
 */
export function watchEvents(
  listener: (channel: ChannelName, event: AnyEvent) => void,
  names: readonly ChannelName[] = channelNames,
): () => void {
  const forward = (message: unknown, channel: string | symbol): void =>
    listener(channel as ChannelName, message as AnyEvent);
  for (const name of names) subscribe(name, forward);
  return () => {
    for (const name of names) unsubscribe(name, forward);
  };
}

/**
 * A listener of the embedder's that may throw, or answer with a promise that is rejected: the program is warned, and
 * whatever has happened goes on.
 */
export function carefully(
  listener: (channel: ChannelName, event: AnyEvent) => void,
): (channel: ChannelName, event: AnyEvent) => void {
  const warnings = new Warnings();
  return (channel, event) => {
    try {
      ignoreRejection(listener(channel, event));
    } catch (error) {
      warnings.give("the trace of a host threw, and the host goes on", error);
    }
  };
}

/**
 * Tells an embedder of the events of one host, {@link carefully}.
 *
 * @param host its number
 * @param trace who is told; nobody where there is none
 * @param names the channels; default all
 * @returns ends it
 */
export function traceHost(
  host: number,
  trace: ((channel: ChannelName, event: AnyEvent) => void) | undefined,
  names?: readonly ChannelName[],
): () => void {
  if (trace === undefined) return () => {};
  const tell = carefully(trace);
  return watchEvents((channel, event) => {
    if (event.host === host) tell(channel, event);
  }, names);
}

const log = debuglog("wasock");
let isLogging = false;

/** Prints every event to stderr from now on, where `NODE_DEBUG` has the word `wasock`. */
export function logEventsWhenAsked(): void {
  if (isLogging || !log.enabled) return;
  isLogging = true;
  const start = milliseconds();
  const lines = new LimitedLines((line) => log(line));
  watchEvents((channel, event) => lines.add(channel, timedLine(start, channel, event)));
  process.once("exit", () => lines.tellOmitted());
}

/** Lines for people, no more than they can read: those that are too many are counted. */
export class LimitedLines {
  readonly #write: (line: string) => void;
  readonly #rate: ByteRate;
  #omitted = 0;
  #refusals = 0;

  /**
   * @param write writes a line
   * @param bytesPerSecond see `Caps.traceBytes`
   */
  constructor(write: (line: string) => void, bytesPerSecond: number = defaultCaps.traceBytes) {
    this.#write = write;
    this.#rate = new ByteRate(bytesPerSecond);
  }

  /** Writes an event's line, or counts it. */
  add(channel: ChannelName, line: string): void {
    if (this.#rate.take(line.length + 1)) {
      this.tellOmitted();
      this.#write(line);
      return;
    }
    this.#omitted++;
    if (channel === "wasock:policy:refuse") this.#refusals++;
  }

  /** Says how many lines were left out since it was said last. */
  tellOmitted(): void {
    if (this.#omitted === 0) return;
    this.#write(`${this.#omitted} more lines were left out, ${this.#refusals} of them refusals`);
    this.#omitted = this.#refusals = 0;
  }
}

/**
 * {@link describeEvent} behind the time.
 *
 * @param start when the clock stood at 0, by {@link milliseconds}
 */
export function timedLine(start: number, channel: ChannelName, event: AnyEvent): string {
  const seconds = ((milliseconds() - start) / 1000).toFixed(6);
  return `${seconds.padStart(12)} ${describeEvent(channel, event)}`;
}
