/**
 * What files and folders are, without any system: a tree in memory, and what each call of `wasi:filesystem` has to say
 * about it. It shares no code with the host. Calls give a set of codes, of which the host's is to be one; an empty set
 * is success.
 */

/** A folder, a file or a link. */
export type Thing = Folder | { readonly bytes: number[]; readonly text?: undefined } | Link;

export interface Folder {
  readonly entries: Map<string, Thing>;
  removed: boolean;
  readonly text?: undefined;
}

interface Link {
  readonly text: string;
}

/** A folder that a guest holds. */
export interface Base {
  readonly folder: Folder;
  readonly mayChange: boolean;
}

export const isFolder = (thing: Thing | undefined): thing is Folder =>
  thing !== undefined && "entries" in thing;
const isLink = (thing: Thing | undefined): thing is Link => typeof thing?.text === "string";

/** Makes an empty folder. */
export function folder(): Folder {
  return { entries: new Map(), removed: false };
}

/** The codes that are right; none of them when the call has to succeed. */
export type Codes = readonly string[];

const OK: Codes = [];

class Wrong {
  readonly codes: Codes;
  constructor(...codes: string[]) {
    this.codes = codes;
  }
}

/** Where a path ends: in a folder, under a name; `undefined` for the folder itself. */
interface Place {
  readonly parent: Folder;
  readonly name: string | undefined;
  readonly thing: Thing | undefined;
  readonly slash: boolean;
}

/** @param followLast whether a link is followed that a path ends with, without a slash behind it and with one */
function find(base: Folder, path: string, followLast: boolean, followSlash = true): Place {
  const way: Folder[] = [base];
  let links = 0;
  const here = (): Folder => way[way.length - 1] as Folder;
  const go = (text: string, isLast: boolean, slashBefore: boolean): Place | undefined => {
    if (text === "") throw new Wrong("no-entry");
    if (text.startsWith("/")) throw new Wrong("not-permitted");
    const slash = slashBefore || (isLast && text.endsWith("/"));
    const names = text.split("/");
    while (names.length > 1 && names.at(-1) === "") names.pop();
    for (const [i, name] of names.entries()) {
      const ends = isLast && i === names.length - 1;
      if (name === "" || name === ".") {
        if (ends) return { parent: here(), name: undefined, thing: here(), slash };
        continue;
      }
      if (name === "..") {
        if (way.length === 1) throw new Wrong("not-permitted");
        way.pop();
        if (ends) return { parent: here(), name: undefined, thing: here(), slash };
        continue;
      }
      const thing = here().entries.get(name);
      if (isLink(thing) && (!ends || (slash ? followSlash : followLast))) {
        if (++links > 40) throw new Wrong("loop");
        const place = go(thing.text, ends, slash);
        if (place !== undefined) return place;
        continue;
      }
      if (ends) return { parent: here(), name, thing, slash };
      if (thing === undefined) throw new Wrong("no-entry");
      if (!isFolder(thing)) throw new Wrong("not-directory");
      way.push(thing);
    }
    return undefined;
  };
  return go(path, true, false) as Place;
}

function judged(call: () => Codes): Codes {
  try {
    return call();
  } catch (error) {
    if (error instanceof Wrong) return error.codes;
    throw error;
  }
}

function changeable(...bases: Base[]): void {
  if (bases.some(({ mayChange }) => !mayChange)) throw new Wrong("read-only");
}

/** A path with a slash behind it has to name a folder, and no link to one. */
function assertFolder(base: Folder, path: string): void {
  const place = find(base, path, true);
  if (place.thing === undefined) throw new Wrong("no-entry");
  if (!isFolder(place.thing)) throw new Wrong("not-directory");
  if (!isFolder(find(base, path.replace(/\/+$/, ""), false).thing)) throw new Wrong("not-directory");
}

export interface OpenWish {
  readonly follow: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly directory: boolean;
  readonly write: boolean;
}

/** `open-at`; also what was opened. */
export function open(base: Base, path: string, wish: OpenWish): { codes: Codes; thing?: Thing } {
  let opened: Thing | undefined;
  const codes = judged(() => {
    const { create, exclusive, truncate, directory, write, follow } = wish;
    if (directory && (create || exclusive || truncate)) return ["invalid"];
    if (!base.mayChange && (write || create || truncate)) return ["read-only"];
    const make = create && exclusive;
    const { thing, parent, name, slash } = find(base.folder, path, make ? false : follow, !create);
    if (slash && create) return ["is-directory"];
    if (thing !== undefined && make) return ["exist"];
    if (isLink(thing)) return ["loop"];
    if (isFolder(thing)) {
      if (write || create || truncate) return ["is-directory"];
    } else if (thing === undefined) {
      if (!create || parent.removed || name === undefined) return ["no-entry"];
      opened = { bytes: [] };
      parent.entries.set(name, opened);
      return OK;
    } else {
      if (directory || slash) return ["not-directory"];
      if (truncate) thing.bytes.length = 0;
    }
    opened = thing;
    return OK;
  });
  return opened === undefined ? { codes } : { codes, thing: opened };
}

/** `stat-at`; also what is there. */
export function stat(base: Base, path: string, follow: boolean): { codes: Codes; thing?: Thing } {
  let found: Thing | undefined;
  const codes = judged(() => {
    const { thing, slash } = find(base.folder, path, follow);
    if (thing === undefined) return ["no-entry"];
    if (slash && !isFolder(thing)) return ["not-directory"];
    found = thing;
    return OK;
  });
  return found === undefined ? { codes } : { codes, thing: found };
}

/** `create-directory-at`. */
export function makeDirectory(base: Base, path: string): Codes {
  return judged(() => {
    changeable(base);
    const { name, thing, parent } = find(base.folder, path.replace(/(.)\/+$/, "$1"), false);
    if (thing !== undefined || name === undefined) return ["exist"];
    if (parent.removed) return ["no-entry"];
    parent.entries.set(name, folder());
    return OK;
  });
}

/** `remove-directory-at`. */
export function removeDirectory(base: Base, path: string): Codes {
  return judged(() => {
    changeable(base);
    const { name, thing, parent } = find(base.folder, path.replace(/(.)\/+$/, "$1"), false);
    if (name === undefined) return ["invalid"];
    if (path.endsWith("/")) assertFolder(base.folder, path);
    if (thing === undefined) return ["no-entry"];
    if (!isFolder(thing)) return ["not-directory"];
    if (thing.entries.size > 0) return ["not-empty"];
    thing.removed = true;
    parent.entries.delete(name);
    return OK;
  });
}

/** `unlink-file-at`. */
export function unlink(base: Base, path: string): Codes {
  return judged(() => {
    changeable(base);
    const { name, thing, parent } = find(base.folder, path.replace(/(.)\/+$/, "$1"), false);
    if (name === undefined) return ["is-directory"];
    if (path.endsWith("/")) assertFolder(base.folder, path);
    if (thing === undefined) return ["no-entry"];
    if (isFolder(thing)) return ["is-directory"];
    parent.entries.delete(name);
    return OK;
  });
}

/** `readlink-at`; also what the link says. */
export function readLink(base: Base, path: string): { codes: Codes; text?: string } {
  let text: string | undefined;
  const codes = judged(() => {
    const { thing, name } = find(base.folder, path.replace(/(.)\/+$/, "$1"), false);
    if (name === undefined) return ["invalid"];
    if (path.endsWith("/")) {
      assertFolder(base.folder, path);
      return ["invalid"];
    }
    if (thing === undefined) return ["no-entry"];
    if (!isLink(thing)) return ["invalid"];
    if (thing.text.startsWith("/")) return ["not-permitted"];
    text = thing.text;
    return OK;
  });
  return text === undefined ? { codes } : { codes, text };
}

/** `symlink-at`. */
export function symlink(base: Base, text: string, path: string): Codes {
  return judged(() => {
    changeable(base);
    if (text === "") return ["no-entry"];
    if (text.startsWith("/")) return ["not-permitted"];
    const { name, thing, parent } = find(base.folder, path.replace(/(.)\/+$/, "$1"), false);
    if (thing !== undefined || name === undefined) return ["exist"];
    if (path.endsWith("/") || parent.removed) return ["no-entry"];
    parent.entries.set(name, { text });
    return OK;
  });
}

/** `link-at`. */
export function link(base: Base, path: string, follow: boolean, to: Base, newPath: string): Codes {
  return judged(() => {
    changeable(to, base);
    const { thing, name, slash } = find(base.folder, path, follow);
    if (slash && !isFolder(thing)) return thing === undefined ? ["no-entry"] : ["not-directory"];
    const target = find(to.folder, newPath.replace(/(.)\/+$/, "$1"), false);
    const codes: string[] = [];
    if (thing === undefined) codes.push("no-entry");
    if (name === undefined || isFolder(thing)) codes.push("not-permitted");
    if (target.name === undefined || target.thing !== undefined) codes.push("exist");
    else if (newPath.endsWith("/") || target.parent.removed) codes.push("no-entry");
    if (codes.length > 0) return codes;
    target.parent.entries.set(target.name as string, thing as Thing);
    return OK;
  });
}

function holds(outer: Thing, inner: Thing): boolean {
  return (
    outer === inner || (isFolder(outer) && [...outer.entries.values()].some((thing) => holds(thing, inner)))
  );
}

/** `rename-at`. */
export function rename(base: Base, path: string, to: Base, newPath: string): Codes {
  return judged(() => {
    changeable(to, base);
    const { thing, name, parent } = find(base.folder, path.replace(/(.)\/+$/, "$1"), false);
    if (path.endsWith("/")) assertFolder(base.folder, path);
    const target = find(to.folder, newPath.replace(/(.)\/+$/, "$1"), false);
    if (name === undefined || target.name === undefined) return ["busy"];
    if (thing === undefined) return ["no-entry"];
    if (newPath.endsWith("/") && !isFolder(thing)) return ["not-directory"];
    const { thing: old } = target;
    if (holds(thing, target.parent) && isFolder(thing)) return ["invalid"];
    if (old !== undefined && isFolder(old) && holds(old, parent)) return ["not-empty"];
    if (old === thing) return OK;
    if (target.parent.removed) return ["no-entry"];
    if (isFolder(thing) && old !== undefined && !isFolder(old)) return ["not-directory"];
    if (!isFolder(thing) && isFolder(old)) return ["is-directory"];
    if (isFolder(old)) {
      if (old.entries.size > 0) return ["not-empty"];
      old.removed = true;
    }
    parent.entries.delete(name);
    target.parent.entries.set(target.name, thing);
    return OK;
  });
}
