/**
 * Sets each socket option on each side, asks the kernel what it has, and prints what was seen as JSON, one
 * object a side. tools/tables.mjs makes the option fidelity table of the docs from it.
 */
import { IpOpt, Ipv6Opt, Level, SocketOpt, SocketType, TcpOpt } from "../../src/constants.ts";
import type { Side, SocketHandle } from "../sides/side.ts";
import { sides } from "../sides/sides.ts";
import { kernelOption } from "../src/support/kernel.ts";

/** The levels, with their names and those of their options. */
const LEVELS = [
  ["socket", Level.socket, SocketOpt],
  ["tcp", Level.tcp, TcpOpt],
  ["ip", Level.ip, IpOpt],
  ["ipv6", Level.ipv6, Ipv6Opt],
] as const;

/** Values that no option has at first; flags have 0 or 1. */
const VALUES: Readonly<Record<string, number>> = {
  sndbuf: 40_000,
  rcvbuf: 40_000,
  rcvlowat: 3,
  sndlowat: 3,
  rcvtimeo: 1500,
  sndtimeo: 1500,
  keepidle: 33,
  keepintvl: 7,
  keepcnt: 4,
  ttl: 9,
  unicastHops: 9,
};

/**
 * What an option comes to:
 * - `kernel`: it can be set, and the kernel has what was set;
 * - `core`: it can be set, and acts in the core: the kernel is not told;
 * - `read`: it can't be set, and reading it gives what the kernel has or what the socket's state is;
 * - `fixed`: only the value that it has can be set;
 * - `ENOPROTOOPT`: neither.
 */
type Fidelity = "kernel" | "core" | "read" | "fixed" | "ENOPROTOOPT";

/** The sides that make columns. */
const TOLD = new Set(["Node library", "component (Wasmtime)"]);

/** A row of the table. */
export interface OptionRow {
  readonly level: string;
  readonly option: string;
  readonly kind: "TCP" | "UDP";
  readonly fidelity: Fidelity;
}

async function socketOf(side: Side, kind: "TCP" | "UDP", host: string): Promise<SocketHandle> {
  const family = host.includes(":") ? 10 : 2;
  const socket = await side.socket(family, kind === "TCP" ? SocketType.stream : SocketType.datagram);
  if (socket === false) throw new Error(`${side.name} gives no ${kind} socket`);
  if (!(await side.bind(socket, await side.makeSockaddr(host, 0)))) throw new Error("bind failed");
  return socket;
}

async function judge(
  side: Side,
  kind: "TCP" | "UDP",
  level: number,
  option: string,
  name: number,
): Promise<Fidelity> {
  const socket = await socketOf(side, kind, level === Level.ipv6 ? "::1" : "127.0.0.1");
  let listener: SocketHandle | undefined;
  try {
    if (kind === "TCP") {
      // a connection, since that is what has options that matter
      listener = await socketOf(side, kind, level === Level.ipv6 ? "::1" : "127.0.0.1");
      await side.listen(listener, 1);
      const address = await side.getSocketName(listener);
      if (address === null || (await side.connect(socket, address)) !== 0) throw new Error("connect failed");
    }
    const own = await side.getSocketName(socket);
    const port = own === null ? 0 : await side.sockaddrPort(own);
    // the times of keep-alive count while it is on
    if (option.startsWith("keep") && option !== "keepalive") {
      await side.setSocketOption(socket, Level.socket, SocketOpt.keepalive, 1);
    }
    const before = await side.getSocketOption(socket, level, name);
    const wanted = VALUES[option] ?? (before === 0 ? 1 : 0);
    const set = await side.setSocketOption(socket, level, name, wanted);
    if (!set) {
      if (before === null) return "ENOPROTOOPT";
      return (await side.setSocketOption(socket, level, name, before)) ? "fixed" : "read";
    }
    const has = kernelOption(side.pid, port, level, name);
    const doubled = option === "sndbuf" || option === "rcvbuf";
    return has === (doubled ? 2 * wanted : wanted) ? "kernel" : "core";
  } finally {
    await side.close(socket);
    if (listener !== undefined) await side.close(listener);
  }
}

for (const side of await sides()) {
  if (!TOLD.has(side.name)) {
    await side.dispose(); // the same host and the same core as one that is told
    continue;
  }
  const rows: OptionRow[] = [];
  for (const [levelName, level, options] of LEVELS) {
    for (const [option, name] of Object.entries(options)) {
      for (const kind of ["TCP", "UDP"] as const) {
        if (levelName === "tcp" && kind === "UDP") continue;
        rows.push({ level: levelName, option, kind, fidelity: await judge(side, kind, level, option, name) });
      }
    }
  }
  console.log(JSON.stringify({ side: side.name, runtime: side.runtime, rows }));
  await side.dispose();
}
