/**
 * The memory of a guest, limited: what its core modules declare as the most is lowered before they are compiled, so that
 * `memory.grow` beyond it fails in the guest as it does on a machine that has no more.
 */

import type { LimitMemory } from "../link/link.ts";
import { Reader, type Section, sectionsOf } from "./binary.ts";
import { RunError } from "./run-error.ts";

/** What is reckoned for an entry of a table, in bytes: what engines need, and something more. */
const TABLE_ENTRY = 16n;
/** Tables may grow to this part of the limit. */
const TABLE_SHARE = 8n;
/** No guest has more memories and tables than this: each takes gigabytes of addresses, however small it is. */
const MOST = 64;

/** Of a `limits` in the binary format: what its flags mean. */
const HAS_MAXIMUM = 1;
const IS_SHARED = 2;
const IS_64_BIT = 4;
const HAS_PAGE_SIZE = 8;
const KNOWN_FLAGS = 15;

const IMPORT_SECTION = 2;
const TABLE_SECTION = 4;
const MEMORY_SECTION = 5;

/** A memory or a table that a module defines, or a memory that it imports. */
interface Space {
  readonly isImported: boolean;
  readonly kind: "memory" | "table";
  readonly flags: number;
  readonly minimum: bigint;
  /** As it is declared. */
  readonly maximum: bigint | undefined;
  /** The bytes of a page, or of an entry. */
  readonly unit: bigint;
  /** Where the flags are in the module. */
  readonly at: number;
  /** Where the limits end, but for a page size. */
  readonly end: number;
}

/** A section whose contents may have to be written anew. */
interface SpaceSection extends Section {
  readonly spaces: readonly Space[];
}

/**
 * Limits the memory of a guest.
 *
 * All of its memories share what the limit leaves above their minimums: one alone may have it all, and of several each
 * has an equal part, or less where it declares less.
 *
 * @param file the guest's name, for messages
 * @param limit bytes, for all that its modules define together; `Infinity` for none
 * @returns takes the modules, and whether their memories are to be shared between threads; it throws RunError `ERR_MEMORY` when the minimums are more than the limit, and
 *   `ERR_INVALID_WASM` for what can't be read
 */
export function memoryLimit(file: string, limit: number): LimitMemory {
  return (modules, isShared = false) => {
    const isLimited = limit !== Number.POSITIVE_INFINITY;
    if (!isLimited && !isShared) return modules.map((bytes) => ({ bytes, isReckoned: false }));
    const read = modules.map((bytes) => ({ bytes, sections: readSections(file, bytes, isShared) }));
    const all = read.flatMap(({ sections }) => sections.flatMap(({ spaces }) => spaces)).filter(isOwn);
    if (all.length > MOST) {
      throw new RunError(
        "ERR_MEMORY",
        `${file}: it has ${all.length} memories and tables, and may have ${MOST}`,
      );
    }
    const bytes = isLimited ? BigInt(Math.floor(limit)) : 2n ** 64n;
    const least = all.reduce((sum, { minimum, unit }) => sum + minimum * unit, 0n);
    if (least > bytes) {
      throw new RunError(
        "ERR_MEMORY",
        `${file}: it needs ${inUnits(least)} of memory to begin with, and may have ${inUnits(bytes)}`,
      );
    }
    const extra = {
      memory: share(
        all.filter(({ kind }) => kind === "memory"),
        bytes - least,
      ),
      table: share(
        all.filter(({ kind }) => kind === "table"),
        (bytes - least) / TABLE_SHARE,
      ),
    };
    const most = (space: Space): bigint => {
      const possible = space.maximum ?? largest(space);
      if (space.isImported) return possible;
      const grown = space.minimum + extra[space.kind] / space.unit;
      if (grown < possible) return grown;
      return possible;
    };
    return read.map(({ bytes: module, sections }) => ({
      bytes: rewrite(module, sections, most, isShared ? IS_SHARED : 0),
      isReckoned: isLimited && sections.some(({ spaces }) => spaces.some(isOwn)),
    }));
  };
}

function isOwn({ isImported }: Space): boolean {
  return !isImported;
}

/** What the format allows. */
function largest({ kind, flags, unit }: Space): bigint {
  if (kind === "table") return 2n ** 32n - 1n;
  return ((flags & IS_64_BIT) === 0 ? 2n ** 32n : 2n ** 48n) / unit;
}

/** How many bytes each may grow by, so that all together grow by no more than `spare`. */
function share(spaces: readonly Space[], spare: bigint): bigint {
  let left = spare;
  let wanted = spaces.map(({ minimum, maximum, unit }) =>
    maximum === undefined ? undefined : (maximum - minimum) * unit,
  );
  // who declares less than its part leaves the rest to the others
  for (;;) {
    if (wanted.length === 0) return left;
    const part = left / BigInt(wanted.length);
    const greedy = wanted.filter((bytes) => bytes === undefined || bytes > part);
    if (greedy.length === wanted.length) return part;
    for (const bytes of wanted) if (bytes !== undefined && bytes <= part) left -= bytes;
    wanted = greedy;
  }
}

function inUnits(bytes: bigint): string {
  const kib = (bytes + 1023n) / 1024n;
  return kib % 1024n === 0n || kib > 102_400n ? `${(kib + 1023n) / 1024n} MiB` : `${kib} KiB`;
}

function readSections(file: string, bytes: Uint8Array, withImports: boolean): SpaceSection[] {
  return sectionsOf(file, bytes)
    .filter(
      ({ id }) => id === TABLE_SECTION || id === MEMORY_SECTION || (withImports && id === IMPORT_SECTION),
    )
    .map((section) => {
      const reader = new Reader(file, bytes, section.start, section.end);
      const count = reader.u32();
      if (count > bytes.length) throw reader.wrong("a section has more entries than bytes");
      const spaces: Space[] = [];
      for (let i = 0; i < count; i++) {
        if (section.id === IMPORT_SECTION) spaces.push(...readImport(reader));
        else spaces.push(section.id === TABLE_SECTION ? readTable(reader) : readLimits(reader, "memory"));
      }
      if (reader.at !== section.end) throw reader.wrong("a section is longer than what is in it");
      return { ...section, spaces };
    });
}

function readTable(reader: Reader): Space {
  const hasInitializer = reader.peek() === 0x40;
  if (hasInitializer) {
    reader.byte();
    if (reader.byte() !== 0) throw reader.wrong("a table of an unknown kind");
  }
  skipType(reader);
  const space = readLimits(reader, "table");
  if (hasInitializer) skipInitializer(reader);
  return space;
}

/** (ref null T) and (ref T) name a type; all others are one byte. */
function skipType(reader: Reader): void {
  const type = reader.byte();
  if (type === 0x63 || type === 0x64) reader.u64();
}

/** Of what is imported, the memories. */
function readImport(reader: Reader): Space[] {
  reader.name();
  reader.name();
  switch (reader.byte()) {
    case 0:
      reader.u32();
      return [];
    case 1:
      readTable(reader);
      return [];
    case 2:
      return [{ ...readLimits(reader, "memory"), isImported: true }];
    case 3:
      skipType(reader);
      reader.byte();
      return [];
    case 4:
      reader.byte();
      reader.u32();
      return [];
    default:
      throw reader.wrong("an import of an unknown kind");
  }
}

/** A constant expression that makes a reference: `ref.null`, `ref.func` or `global.get`. */
function skipInitializer(reader: Reader): void {
  for (;;) {
    const instruction = reader.byte();
    if (instruction === 0x0b) return;
    if (instruction !== 0xd0 && instruction !== 0xd2 && instruction !== 0x23) {
      throw reader.wrong("a table begins with what is not understood");
    }
    reader.u64();
  }
}

function readLimits(reader: Reader, kind: Space["kind"]): Space {
  const { at } = reader;
  const flags = reader.byte();
  if ((flags & ~KNOWN_FLAGS) !== 0) throw reader.wrong(`a ${kind} has the unknown flags ${flags}`);
  const amount = (): bigint => ((flags & IS_64_BIT) === 0 ? BigInt(reader.u32()) : reader.u64());
  const minimum = amount();
  const maximum = (flags & HAS_MAXIMUM) === 0 ? undefined : amount();
  const end = reader.at;
  let unit = kind === "memory" ? 65_536n : TABLE_ENTRY;
  if ((flags & HAS_PAGE_SIZE) !== 0) {
    const exponent = reader.u32();
    if (kind === "table" || exponent > 16) throw reader.wrong("a page size that is not understood");
    unit = 1n << BigInt(exponent);
  }
  return { kind, isImported: false, flags, minimum, maximum, unit, at, end };
}

function rewrite(
  bytes: Uint8Array<ArrayBuffer>,
  sections: readonly SpaceSection[],
  most: (space: Space) => bigint,
  sharing: number,
): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const { at, id, start, end, spaces } of sections) {
    const flagsOf = ({ kind, flags }: Space): number =>
      flags | HAS_MAXIMUM | (kind === "memory" ? sharing : 0);
    if (spaces.every((space) => space.flags === flagsOf(space) && space.maximum === most(space))) continue;
    const contents: Uint8Array[] = [];
    let copied = start;
    for (const space of spaces) {
      contents.push(bytes.subarray(copied, space.at));
      contents.push(Uint8Array.from([flagsOf(space), ...leb128(space.minimum), ...leb128(most(space))]));
      copied = space.end;
    }
    contents.push(bytes.subarray(copied, end));
    const size = contents.reduce((sum, { length }) => sum + length, 0);
    pieces.push(bytes.subarray(from, at), Uint8Array.from([id, ...leb128(BigInt(size))]), ...contents);
    from = end;
  }
  if (pieces.length === 0) return bytes;
  pieces.push(bytes.subarray(from));
  return new Uint8Array(Buffer.concat(pieces));
}

function leb128(value: bigint): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= 0x80n) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  return [...bytes, Number(left)];
}
