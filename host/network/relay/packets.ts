/**
 * The packets of Wisp, versions 1.2 and 2.0 (draft 6), which carries streams of TCP and UDP in one WebSocket: a type, the number of
 * the stream, and what belongs to the type. Numbers are little-endian.
 *
 * @see https://github.com/MercuryWorkshop/wisp-protocol
 */

/** The types of packets. */
export const Packet = { connect: 1, data: 2, continue: 3, close: 4, info: 5 } as const;

/** The kinds of streams. */
export const Kind = { tcp: 1, udp: 2 } as const;

/** Why a stream is closed. */
export const Reason = {
  unknown: 0x01,
  voluntary: 0x02,
  network: 0x03,
  invalid: 0x41,
  unreachable: 0x42,
  silent: 0x43,
  refused: 0x44,
  blocked: 0x48,
  throttled: 0x49,
  client: 0x81,
} as const;

/** Extensions of version 2. */
export const Extension = {
  udp: 0x01,
  /** A stream that is open is told by a CONTINUE. */
  openConfirmation: 0x05,
  /**
   * Of our own: DATA without bytes ends one direction of a TCP stream, and each side tells the other by CONTINUE how many more packets
   * of a stream it takes, not the server alone.
   */
  halfClose: 0xf7,
} as const;

/** What version 2 is asked for by. */
export const SUBPROTOCOL = "wisp-v2";

/** How many packets of a stream each side takes ahead. */
export const WINDOW: number = 32;
/** The bytes of a DATA packet of ours at most. */
export const PIECE: number = 16 * 1024;

/** The bytes before what belongs to the type. */
export const HEAD: number = 5;

/** A packet, taken apart. */
export interface Parsed {
  readonly type: number;
  readonly stream: number;
  readonly body: Uint8Array;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Takes a packet apart; `undefined` for what is none. */
export function parse(bytes: Uint8Array): Parsed | undefined {
  if (bytes.length < HEAD) return undefined;
  const view = viewOf(bytes);
  return { type: view.getUint8(0), stream: view.getUint32(1, true), body: bytes.subarray(HEAD) };
}

/** Makes a packet. */
export function packet(
  type: number,
  stream: number,
  body: Uint8Array | readonly number[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD + body.length);
  const view = viewOf(bytes);
  view.setUint8(0, type);
  view.setUint32(1, stream, true);
  bytes.set(body, HEAD);
  return bytes;
}

function u32(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

/** CONTINUE: so many more packets are taken. */
export function proceed(stream: number, packets: number): Uint8Array<ArrayBuffer> {
  return packet(Packet.continue, stream, u32(packets));
}

/** The number that a CONTINUE has; `undefined` for what is none. */
export function packetsOf(body: Uint8Array): number | undefined {
  return body.length < 4 ? undefined : viewOf(body).getUint32(0, true);
}

/** CONNECT. */
export function connect(stream: number, kind: number, host: string, port: number): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(host);
  return packet(Packet.connect, stream, [kind, port & 255, port >> 8, ...name]);
}

/** What a CONNECT asks for; `undefined` where that can't be. */
export function targetOf(body: Uint8Array): { kind: number; host: string; port: number } | undefined {
  if (body.length < 4) return undefined;
  const view = viewOf(body);
  const kind = view.getUint8(0);
  const port = view.getUint16(1, true);
  let host: string;
  try {
    host = new TextDecoder("utf-8", { fatal: true }).decode(body.subarray(3));
  } catch {
    return undefined;
  }
  if (port === 0 || host.length > 255 || (kind !== Kind.tcp && kind !== Kind.udp)) return undefined;
  return { kind, host, port };
}

/** INFO: version 2.0, and extensions without anything to say of them. */
export function info(extensions: readonly number[]): Uint8Array<ArrayBuffer> {
  return packet(Packet.info, 0, [2, 0, ...extensions.flatMap((id) => [id, 0, 0, 0, 0])]);
}

/** The extensions that an INFO names; `undefined` for what can't be read. */
export function extensionsOf(body: Uint8Array): Set<number> | undefined {
  if (body.length < 2) return undefined;
  const view = viewOf(body);
  const found = new Set<number>();
  for (let at = 2; at < body.length; ) {
    if (at + HEAD > body.length) return undefined;
    found.add(view.getUint8(at));
    at += HEAD + view.getUint32(at + 1, true);
    if (at > body.length) return undefined;
  }
  return found;
}
