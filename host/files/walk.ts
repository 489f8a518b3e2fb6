/**
 * Walking a guest's path: component by component from an open folder, with every link read and resolved here, so
 * that nothing leads out of that folder.
 */
import { readlinkSync } from "node:fs";
import { codeOf, tried } from "./errors.ts";
import type { Opened } from "./opened.ts";

/** How many links one path may go through, as on Linux. */
const MOST_LINKS = 40;
/** How many folders one path may go through, its links and ways up counted in. */
const MOST_STEPS = 2048;
/** The longest path in bytes, as on Linux. */
const MOST_BYTES = 4095;

/** What a visitor gives back for a link that is to be followed. */
export const LINK: unique symbol = Symbol("link");

/**
 * What is done where a path ends.
 *
 * @param folder where the last component is
 * @param name the last component, or `.` where the path names the folder itself
 * @param slash whether the path ended with a slash: the entry must be a folder
 * @returns {@link LINK} when the entry is a link to be followed: it is called again where that leads to
 */
export type Visit<T> = (folder: Opened, name: string, slash: boolean) => T | typeof LINK;

/**
 * Walks a path.
 *
 * @param base the folder that it is relative to, and that nothing leads out of
 * @throws EPERM for an absolute path or link, and for `..` above the base; ENOENT, ENOTDIR, ELOOP, EACCES,
 *   ENAMETOOLONG; EINVAL for a NUL; EILSEQ for a lone surrogate
 */
export function walk<T>(base: Opened, path: string, visit: Visit<T>): T {
  if (path.includes("\0")) throw "EINVAL";
  if (!isText(path)) throw "EILSEQ";
  if (!path.includes("/") && path !== "" && path !== "." && path !== "..") {
    const result = tried(() => visit(base, path, false));
    if (result !== LINK) return result;
  }
  const walker = new Walker(base);
  try {
    return tried(() => walker.walk(path, visit));
  } finally {
    walker.end();
  }
}

class Walker {
  readonly #base: Opened;
  #here: Opened;
  /** The folders between the base and here. None of them was reached by a link or by `..` */
  readonly #names: string[] = [];
  /** The components to come, the next one last. */
  #pending: string[] = [];
  #slash = false;
  #links = 0;
  #steps = 0;

  constructor(base: Opened) {
    this.#base = base;
    this.#here = base;
  }

  end(): void {
    if (this.#here !== this.#base) this.#here.close();
  }

  walk<T>(path: string, visit: Visit<T>): T {
    this.#push(path);
    for (;;) {
      const name = this.#pending.pop();
      if (name === "..") this.#up();
      else if (name !== undefined && name !== "" && name !== ".") {
        if (this.#pending.length > 0) {
          this.#enter(name);
          continue;
        }
        const result = visit(this.#here, name, this.#slash);
        if (result !== LINK) return result;
        this.#follow(name, "ELOOP");
        continue;
      }
      if (this.#pending.length > 0) continue;
      const result = visit(this.#here, ".", this.#slash);
      if (result === LINK) throw "ELOOP";
      return result;
    }
  }

  #push(path: string): void {
    if (path === "") throw "ENOENT";
    if (path.startsWith("/")) throw "EPERM";
    if (Buffer.byteLength(path) > MOST_BYTES) throw "ENAMETOOLONG";
    const isLast = this.#pending.length === 0;
    const trimmed = withoutSlashes(path);
    if (isLast && trimmed !== path) this.#slash = true;
    const names = trimmed.split("/");
    for (let i = names.length - 1; i >= 0; i--) this.#pending.push(names[i] as string);
  }

  #enter(name: string): void {
    let next: Opened;
    try {
      next = this.#step(this.#here, name);
    } catch (error) {
      const code = codeOf(error);
      if (code !== "ENOTDIR" && code !== "ELOOP") throw code;
      this.#follow(name, "ENOTDIR");
      return;
    }
    this.end();
    this.#here = next;
    this.#names.push(name);
  }

  #step(from: Opened, name: string): Opened {
    if (++this.#steps > MOST_STEPS) throw "ELOOP";
    return from.enter(name);
  }

  /** Up by a folder. The way is gone anew from the base: what was above may have been moved elsewhere meanwhile. */
  #up(): void {
    if (this.#names.length === 0) throw "EPERM";
    this.#names.pop();
    this.end();
    this.#here = this.#base;
    for (const name of this.#names) {
      const next = this.#step(this.#here, name);
      this.end();
      this.#here = next;
    }
  }

  #follow(name: string, otherwise: "ELOOP" | "ENOTDIR"): void {
    let text: string;
    try {
      text = readLink(this.#here, name);
    } catch (error) {
      const code = codeOf(error);
      throw code === "EINVAL" ? otherwise : code;
    }
    if (++this.#links > MOST_LINKS) throw "ELOOP";
    this.#push(text);
  }
}

/** A path without the slashes at its end. */
export function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === 0x2f) end--;
  return path.slice(0, end);
}

/** Whether a string is Unicode text: no surrogate of it stands alone. */
export function isText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** The target of a link. */
export function readLink(folder: Opened, name: string): string {
  const text = readlinkSync(folder.at(name));
  return process.platform === "win32" ? text.replaceAll("\\", "/") : text;
}

/** Whether a link's text is absolute on any system that it may be read on. */
export function isAbsolute(text: string): boolean {
  return text.startsWith("/") || (process.platform === "win32" && /^(?:[\\]|[a-z]:)/i.test(text));
}
