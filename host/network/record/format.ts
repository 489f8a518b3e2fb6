/**
 * Recordings: lines of JSON, the first of which says what they are, each other a thing that happened. docs/testing.md has
 * the format. What a file says is checked: others may have written it.
 */
import { isUtf8 } from "node:buffer";
import { describeAnswer } from "../../messages/answers.ts";
import { printable } from "../../messages/printable.ts";
import { fromNode, type IpSocketAddress, parseIp } from "../address.ts";

/** The first line. */
export interface Head {
  readonly wasock: "recording";
  readonly version: 1;
  /** When it began. */
  readonly start: string;
}

/** What bytes that a mask is asked about are of. */
export interface Masked {
  readonly protocol: "tcp" | "udp";
  /** What the program sends, or what comes to it. */
  readonly direction: "send" | "receive";
  /** The other end, as `address:port`. */
  readonly remote: string;
}

/** Replaces what is not to be written down, such as secrets. */
export type Mask = (bytes: Buffer, about: Masked) => Uint8Array | string;

/** A thing that happened. */
export interface Line {
  /** Milliseconds since the recording began. */
  readonly at: number;
  /** Which connection, or which UDP socket, counted from 1; neither for look-ups. */
  readonly tcp?: number;
  readonly udp?: number;
  /**
   * `look-up`, `connect`, `connected`, `failed`, `accept`, `bind`, `send`, `receive`, `end` (ours), `ended` (the peer's),
   * `broke`, `close`.
   */
  readonly what: string;
  /** Of a look-up. */
  readonly name?: string;
  readonly addresses?: readonly string[];
  /** The other end, of connections and datagrams, and our own, as `address:port`. */
  readonly remote?: string;
  readonly local?: string;
  /** What was sent or came: one of them. */
  readonly text?: string;
  readonly base64?: string;
  /** The code of a failure. */
  readonly error?: string;
}

// what can be read and compared: no controls but ends of lines and tabs
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** Bytes as a line has them. */
export function payload(bytes: Uint8Array): { text: string } | { base64: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isUtf8(buffer)) {
    const text = buffer.toString("utf8");
    // a mark of the byte order would be lost when it is read
    if (!CONTROLS.test(text) && !text.startsWith("\ufeff")) return { text };
  }
  return { base64: buffer.toString("base64") };
}

/** The bytes of a line. */
export function bytesOf({ text, base64 }: Line): Buffer {
  return text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text, "utf8");
}

/** Reads `address:port`; `undefined` for what isn't. */
export function parseAddress(text: string): IpSocketAddress | undefined {
  const [, host = "", port = ""] = /^(\[[^\]]+\]|[\d.]+):(\d{1,5})$/.exec(text) ?? [];
  if (parseIp(host) === undefined || Number(port) > 65_535) return undefined;
  return fromNode({ address: host.replace(/^\[|\]$/g, ""), port: Number(port) });
}

const TEXTS = ["name", "remote", "local", "text", "base64", "error"] as const;
const NUMBERS = ["tcp", "udp"] as const;

/**
 * Reads a recording.
 *
 * @param text the whole file
 * @throws TypeError that names the line
 */
export function parseRecording(text: string): Line[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const refuse = (at: number, why: string): TypeError =>
    new TypeError(`line ${at + 1} of the recording: ${why}`);
  const objects = lines.map((line, at) => {
    try {
      const json: unknown = JSON.parse(line);
      if (typeof json === "object" && json !== null && !Array.isArray(json))
        return json as Partial<Line & Head>;
    } catch (error) {
      throw refuse(at, printable((error as Error).message));
    }
    throw refuse(at, "it must be an object");
  });
  const [head, ...rest] = objects;
  if (head?.wasock !== "recording")
    throw refuse(0, 'a recording begins with {"wasock":"recording","version":1}');
  if (head.version !== 1)
    throw refuse(0, `its version is ${describeAnswer(head.version)}, and 1 is what is known here`);
  return rest.map((line, i) => {
    const at = i + 1;
    if (typeof line.what !== "string") throw refuse(at, "it must say what happened");
    if (typeof line.at !== "number" || !(line.at >= 0))
      throw refuse(at, "at must be a number of milliseconds");
    for (const key of TEXTS) {
      if (line[key] !== undefined && typeof line[key] !== "string") throw refuse(at, `${key} must be a text`);
    }
    for (const key of NUMBERS) {
      if (line[key] !== undefined && !Number.isInteger(line[key]))
        throw refuse(at, `${key} must be a whole number`);
    }
    const { addresses, remote, local } = line;
    if (
      addresses !== undefined &&
      !(Array.isArray(addresses) && addresses.every((each) => parseIp(String(each))))
    ) {
      throw refuse(at, "addresses must be a list of addresses");
    }
    for (const address of [remote, local]) {
      if (address !== undefined && parseAddress(address) === undefined) {
        throw refuse(at, `${printable(address)} is not an address with a port`);
      }
    }
    return line as Line;
  });
}
