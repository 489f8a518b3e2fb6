/** What a guest does on the network, told on stderr; and which flag would have allowed what was refused. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { RefuseEvent } from "../../host/events.ts";
import type { IpSocketAddress } from "../../host/sockets/address.ts";
import { ipOf, ipText } from "../../host/sockets/address.ts";

const CHANNELS = [
  "tcp:connect",
  "tcp:listen",
  "tcp:accept",
  "tcp:overflow",
  "tcp:linger",
  "udp:drop",
  "udp:error",
  "dns:lookup",
  "policy:refuse",
].map((name) => `wasock:${name}`);

/** More refusals than this are one kind of news. */
const MOST_HINTS = 10;

function isAddress(value: unknown): value is IpSocketAddress {
  return typeof value === "object" && value !== null && "tag" in value && "val" in value;
}

function place(address: IpSocketAddress): string {
  const text = ipText(ipOf(address));
  return `${text.includes(":") ? `[${text}]` : text}:${address.val.port}`;
}

function show(value: unknown): string {
  if (isAddress(value)) return place(value);
  if (Array.isArray(value)) return `${value.length} addresses`;
  return typeof value === "bigint" || typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** The flag that allows what was refused; undefined when no address tells. */
function hint({ use, target }: RefuseEvent): string | undefined {
  if (use === "resolve") return typeof target === "string" ? `--allow-dns=${target}` : "--allow-dns";
  if (!isAddress(target)) return use === "tcp" || use === "udp" ? "--allow-net or --allow-listen" : undefined;
  const option = /bind|listen|accept/.test(use) ? "--allow-listen" : "--allow-net";
  const any = option === "--allow-listen" && target.val.port === 0;
  const where = place(target);
  return `${option}=${use.startsWith("tcp") ? "tcp" : "udp"}://${any ? where.replace(/:0$/, "") : where}`;
}

/**
 * Begins to listen.
 *
 * @param told whether every event gets a line, and not only what was refused
 * @returns ends it, and tells which flags were missing
 */
export function startTrace(told: boolean): () => string[] {
  const start = performance.now();
  const hints = new Set<string>();
  const listener = (message: unknown, channel: string | symbol): void => {
    const name = String(channel).replace(/^wasock:/, "");
    if (name === "policy:refuse" && hints.size < MOST_HINTS) {
      const { use, target } = message as RefuseEvent;
      const flag = hint(message as RefuseEvent);
      const what = target === undefined ? use : `${use} ${isAddress(target) ? place(target) : target}`;
      if (flag !== undefined) hints.add(`${what} was not allowed; ${flag} allows it`);
    }
    if (!told) return;
    const fields = Object.entries(message as object)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${show(value)}`);
    const time = ((performance.now() - start) / 1000).toFixed(6);
    console.error(`${time.padStart(12)} ${name.padEnd(13)} ${fields.join(" ")}`);
  };
  for (const name of CHANNELS) subscribe(name, listener);
  return () => {
    for (const name of CHANNELS) unsubscribe(name, listener);
    return [...hints];
  };
}
