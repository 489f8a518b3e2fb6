/**
 * Blocks of pcapng (draft-ietf-opsawg-pcapng): a section, an interface of raw IP, packets with comments, names. In
 * the byte order of networks, which readers see by the magic number.
 */

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const NAMES = 4;
const PACKET = 6;

/** IPv4 or IPv6, as the first four bits say (`LINKTYPE_RAW`). */
const RAW_IP = 101;

const COMMENT = 1;
const APPLICATION = 4;
const RESOLUTION = 9;
const IPV4_NAME = 1;
const IPV6_NAME = 2;

/** What stands before the bytes of a packet, and how many bytes a block has around what is in it. */
export const PACKET_HEAD = 28;
const AROUND = 12;

/** Up to a border of 32 bits. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

function option(code: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(code, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

const END = Buffer.alloc(4);

function block(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length = AROUND + body.length;
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(type, 0);
  bytes.writeUInt32BE(length, 4);
  bytes.set(body, 8);
  bytes.writeUInt32BE(length, length - 4);
  return bytes;
}

/** What a file begins with. @param snapLength how many bytes of a packet are kept at most; 0 for all */
export function head(snapLength: number): Buffer {
  const section = Buffer.alloc(16, 0xff);
  section.writeUInt32BE(0x1a2b3c4d, 0);
  section.writeUInt16BE(1, 4);
  section.writeUInt16BE(0, 6);
  const application = option(APPLICATION, Buffer.from("wasock"));
  const description = Buffer.alloc(8);
  description.writeUInt16BE(RAW_IP, 0);
  description.writeUInt32BE(snapLength, 4);
  // nanoseconds
  const resolution = option(RESOLUTION, Buffer.from([9]));
  return Buffer.concat([
    block(SECTION, section, application, END),
    block(INTERFACE, description, resolution, END),
  ]);
}

/** That addresses have a name. @param addresses of 4 or 16 bytes */
export function names(name: string, addresses: readonly Uint8Array[]): Buffer {
  const text = Buffer.from(`${name}\0`);
  const records = addresses.map((address) => {
    return option(address.length === 4 ? IPV4_NAME : IPV6_NAME, Buffer.concat([address, text]));
  });
  return block(NAMES, ...records, END);
}

/**
 * What stands before the bytes of a packet, but for its time.
 *
 * @param to where it is written
 * @param captured how many of its bytes follow
 * @param length how many it had
 * @param total the length of the block
 */
export function writePacketHead(
  to: DataView,
  at: number,
  captured: number,
  length: number,
  total: number,
): void {
  to.setUint32(at, PACKET);
  to.setUint32(at + 4, total);
  to.setUint32(at + 8, 0);
  to.setUint32(at + 20, captured);
  changePacketLength(to, at, length);
}

/** Writes when a packet was, in nanoseconds since 1970, which take two words. */
export function changePacketTime(to: DataView, at: number, high: number, low: number): void {
  to.setUint32(at + 12, high);
  to.setUint32(at + 16, low);
}

/** Writes how long a packet was. */
export function changePacketLength(to: DataView, at: number, length: number): void {
  to.setUint32(at + 24, length);
}

/** What follows the bytes of a packet, but for the length of the block that ends it: its comment. */
export function comment(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.concat([option(COMMENT, Buffer.from(text)), END]);
}
