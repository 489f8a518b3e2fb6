/**
 * What the system's files say of names, for look-ups that go past getaddrinfo(3): hosts(5), and the search list of
 * resolv.conf(5).
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const HOSTS =
  process.platform === "win32"
    ? join(process.env["SystemRoot"] ?? "C:\\Windows", "System32\\drivers\\etc\\hosts")
    : "/etc/hosts";
const CONFIGURATION = "/etc/resolv.conf";
/** As many as glibc took for long: each is a query more. */
const MOST_SEARCHED = 6;

/** A file that was read, until it changes. */
class FileCache<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #stamp = "";
  #value: T | undefined = undefined;

  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
  }

  /** What the file says; a file that can't be read says nothing. */
  get(): T {
    let stamp = "none";
    try {
      const { mtimeMs, size, ino } = statSync(this.#path);
      stamp = `${mtimeMs} ${size} ${ino}`;
    } catch {}
    if (this.#value === undefined || stamp !== this.#stamp) {
      this.#stamp = stamp;
      let text = "";
      try {
        text = readFileSync(this.#path, "utf8");
      } catch {}
      this.#value = this.#parse(text);
    }
    return this.#value;
  }
}

const hosts = new FileCache(HOSTS, parseHosts);
const search = new FileCache(CONFIGURATION, parseSearch);

/** The words of each line, without what stands behind a `#`. */
function wordsOf(text: string): string[][] {
  return text.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
}

/**
 * Reads a file of hosts(5).
 *
 * @returns the addresses of each name, which is in lower case
 */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [address = "", ...names] of wordsOf(text)) {
    for (const name of names) {
      const key = name.toLowerCase();
      const addresses = found.get(key);
      if (addresses === undefined) found.set(key, [address]);
      else if (!addresses.includes(address)) addresses.push(address);
    }
  }
  return found;
}

/** The search list of a file of resolv.conf(5), and with how many dots a name is first tried as it is. */
interface Search {
  readonly domains: readonly string[];
  readonly dots: number;
}

/** Reads a file of resolv.conf(5); of several lists the last one counts. */
export function parseSearch(text: string): Search {
  let domains: string[] = [];
  let dots = 1;
  for (const [keyword, ...values] of wordsOf(text)) {
    if (keyword === "search" || keyword === "domain") domains = values.slice(0, MOST_SEARCHED);
    const option = keyword === "options" ? values.find((value) => /^ndots:\d{1,2}$/.test(value)) : undefined;
    if (option !== undefined) dots = Number(option.slice("ndots:".length));
  }
  return { domains: domains.filter((domain) => domain !== "."), dots };
}

/** The addresses that the hosts file has for a name; none where it has not. */
export function fromHostsFile(name: string): readonly string[] {
  return hosts.get().get(name.toLowerCase().replace(/\.$/, "")) ?? [];
}

/**
 * The names that a name may be short for, in the order in which they are asked for.
 *
 * @param name with a dot at its end it is whole already
 */
export function searched(name: string, { domains, dots }: Search = search.get()): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const longer = domains.map((domain) => `${name}.${domain.replace(/\.$/, "")}`);
  return name.split(".").length > dots ? [name, ...longer] : [...longer, name];
}
