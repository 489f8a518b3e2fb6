/** Two links in a network namespace of a test's own: a file runs itself inside one, where that is allowed. */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A link of the namespace. */
export interface Link {
  /** Its link-local address. */
  readonly text: string;
  /** Its number. */
  readonly scope: number;
}

/** Whether this process is inside. */
export const isInside: boolean = process.env.WASOCK_TEST_NAMESPACE === "1";

/** Whether a namespace can be made here. */
export function canBeInside(): boolean {
  return spawnSync("unshare", ["-rn", "ip", "link"], { stdio: "ignore" }).status === 0;
}

/**
 * Runs a file in a new namespace.
 *
 * @param url of the file: its `import.meta.url`
 * @returns what it has printed where it failed
 */
export function runInside(url: string): string | undefined {
  const { status, stdout, stderr } = spawnSync("unshare", ["-rn", process.execPath, fileURLToPath(url)], {
    env: { ...process.env, WASOCK_TEST_NAMESPACE: "1" },
    encoding: "utf8",
  });
  return status === 0 ? undefined : `${stdout}\n${stderr}`;
}

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function linkOf(name: string): Link {
  const line = ip("-6", "-o", "addr", "show", "dev", name, "scope", "link", "-tentative");
  const [, scope = "0"] = /^(\d+):/.exec(line) ?? [];
  const [, text = ""] = /inet6 (fe80[^/]+)/.exec(line) ?? [];
  return { text, scope: Number(scope) };
}

/** Makes the links `near0` and `far0`, which lead to each other. */
export async function makeLinks(): Promise<{ near: Link; far: Link }> {
  ip("link", "set", "lo", "up");
  ip("link", "add", "near0", "type", "veth", "peer", "name", "far0");
  for (const name of ["near0", "far0"]) {
    // Without waiting for duplicate address detection the address is there at once.
    execFileSync("sysctl", ["-qw", `net.ipv6.conf.${name}.accept_dad=0`], { stdio: "ignore" });
    ip("link", "set", name, "up");
  }
  for (let tries = 0; tries < 100; tries++) {
    const [near, far] = [linkOf("near0"), linkOf("far0")];
    if (near.text !== "" && far.text !== "") return { near, far };
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("the links have no addresses");
}
