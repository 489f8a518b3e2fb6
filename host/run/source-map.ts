/**
 * Source maps, as far as they tell where some positions of a module come from. A map may be from whoever the program is
 * from: it is read within bounds, and what is in it is data.
 */
import { printable } from "../messages/printable.ts";
import type { SourcePlace } from "./call-frame.ts";

/** A source map whose mappings are not read yet. */
export interface SourceMap {
  readonly sources: readonly unknown[];
  readonly mappings: string;
  /** The SHA-256 of the file that it was made with, where it says so. */
  readonly digest: string | undefined;
}

/** What `wasock build` notes the file's SHA-256 as. */
export const DIGEST = "x_wasock_sha256";

/** A map, if it is one. */
export function parseSourceMap(text: string): SourceMap | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== "object" || json === null) return undefined;
  const { version, sources, mappings, [DIGEST]: digest } = json as Record<string, unknown>;
  if (version !== 3 || !Array.isArray(sources) || typeof mappings !== "string") return undefined;
  return { sources, mappings, digest: typeof digest === "string" ? digest : undefined };
}

/** What is asked for. */
export interface Position {
  /** Of the instruction, in the module's bytes. */
  readonly offset: number;
  /** Where its function begins. */
  readonly start: number;
}

/** Where an instruction comes from. */
export interface Origin {
  readonly place: SourcePlace | undefined;
  /** Where it is a library's, or the map leaves it out: the last place of the user's before it in its function. */
  readonly near: SourcePlace | undefined;
}

/** The fields of a segment, as they add up. */
type Fields = [offset: number, source: number, line: number, column: number];

/** Of a position: the segment that it is in, if that has a source, and the last one up to there that is the user's. */
interface Found {
  exact: Fields | undefined;
  own: Fields | undefined;
}

/**
 * Where positions come from.
 *
 * The one line of a module's map is read once, and nothing of it is kept but what is asked for.
 *
 * @param isLibrary whether a source is not the user's
 */
export function originsOf(
  { sources, mappings }: SourceMap,
  positions: readonly Position[],
  isLibrary: (file: string) => boolean,
): Origin[] {
  const found = positions.map((): Found => ({ exact: undefined, own: undefined }));
  const library = sources.map((source) => typeof source !== "string" || isLibrary(source));
  readSegments(mappings, (fields, hasSource) => {
    const [offset, source] = fields;
    for (const [i, { start, offset: wanted }] of positions.entries()) {
      if (offset < start || offset > wanted) continue;
      const each = found[i] as Found;
      each.exact = hasSource ? [...fields] : undefined;
      if (library[source] === false) each.own = each.exact ?? each.own;
    }
  });
  return found.map(({ exact, own }) => {
    const near = exact === own ? undefined : own;
    return { place: exact && placeOf(sources, exact), near: near && placeOf(sources, near) };
  });
}

function placeOf(sources: readonly unknown[], [, source, line, column]: Fields): SourcePlace | undefined {
  const file = sources[source];
  if (typeof file !== "string" || line < 0 || column < 0) return undefined;
  return { file: printable(file, 200), line: line + 1, column: column + 1 };
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: ReadonlyMap<number, number> = new Map([...DIGITS].map((digit, i) => [digit.charCodeAt(0), i]));
const COMMA = 44;
const SEMICOLON = 59;
/** No number has more digits: 35 bits are more than any position needs. */
const MOST_DIGITS = 7;

/** Reads the segments of the first line, to its end or to what is no mapping. */
function readSegments(mappings: string, take: (fields: Fields, hasSource: boolean) => void): void {
  const sums: Fields = [0, 0, 0, 0];
  let field = 0;
  for (let at = 0; at <= mappings.length; ) {
    const code = at < mappings.length ? mappings.charCodeAt(at) : SEMICOLON;
    if (code === COMMA || code === SEMICOLON) {
      if (field > 0) take(sums, field >= 4);
      if (code === SEMICOLON) return;
      field = 0;
      at++;
      continue;
    }
    let value = 0;
    let digit = 32;
    for (let i = 0; (digit & 32) !== 0; i++) {
      const next = VALUES.get(mappings.charCodeAt(at++));
      if (next === undefined || i === MOST_DIGITS) return;
      digit = next;
      value += (digit & 31) * 32 ** i;
    }
    // the lowest bit is the sign; what stands behind the fourth is a name's index
    if (field < 4) sums[field] = (sums[field] as number) + (value % 2 === 1 ? -1 : 1) * Math.floor(value / 2);
    field++;
  }
}
