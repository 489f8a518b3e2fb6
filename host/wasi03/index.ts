/** The faces of WASI 0.3, over the same host as those of WASI 0.2. */
import type { SocketContext } from "../sockets/context.ts";
import type { CommandImports } from "../wasi02/command.ts";
import type { FilesystemImports } from "../wasi02/filesystem.ts";
import type { Wasi02Imports } from "../wasi02/index.ts";
import { standardStreams } from "./cli.ts";
import { clocks } from "./clocks.ts";
import { filesystem } from "./filesystem.ts";
import { ipNameLookup } from "./ip-name-lookup.ts";
import { tcpSocketOf } from "./tcp.ts";
import { udpSocketOf } from "./udp.ts";

/** What WASI 0.3 has in common with WASI 0.2: the faces of a command. */
type CommandFaces = Wasi02Imports & CommandImports & Partial<FilesystemImports>;

/** As many random bytes as are given at a time: fewer than asked for are an answer in 0.3. */
const MOST_RANDOM = 65_536n;

/**
 * Makes the faces of WASI 0.3 of one host.
 *
 * @param context what its sockets share
 * @param faces those of WASI 0.2 by their names, a command's among them
 * @returns those of WASI 0.3 by their names, with `@0.3`
 */
export function wasi03Imports(context: SocketContext, faces: object): object {
  const command = faces as CommandFaces;
  const random = command["wasi:random/random"];
  const insecure = command["wasi:random/insecure"];
  const { initialCwd, ...environment } = command["wasi:cli/environment"];
  const made: Record<string, unknown> = {
    "wasi:sockets/types": { TcpSocket: tcpSocketOf(context), UdpSocket: udpSocketOf(context) },
    "wasi:sockets/ip-name-lookup": ipNameLookup(context),
    ...clocks(command["wasi:clocks/monotonic-clock"], command["wasi:clocks/wall-clock"]),
    "wasi:random/random": {
      getRandomBytes: (most: bigint) => random.getRandomBytes(few(most)),
      getRandomU64: () => random.getRandomU64(),
    },
    "wasi:random/insecure": {
      getInsecureRandomBytes: (most: bigint) => insecure.getInsecureRandomBytes(few(most)),
      getInsecureRandomU64: () => insecure.getInsecureRandomU64(),
    },
    "wasi:random/insecure-seed": {
      getInsecureSeed: () => command["wasi:random/insecure-seed"].insecureSeed(),
    },
    "wasi:cli/environment": { ...environment, getInitialCwd: initialCwd },
    "wasi:cli/exit": command["wasi:cli/exit"],
    ...standardStreams(context.ledger, command),
  };
  const preopens = command["wasi:filesystem/preopens"];
  if (preopens !== undefined) Object.assign(made, filesystem(context.ledger, preopens));
  for (const name of TERMINALS) made[name] = command[name];
  return Object.fromEntries(Object.entries(made).map(([name, face]) => [`${name}@0.3`, face]));
}

const TERMINALS = [
  "wasi:cli/terminal-input",
  "wasi:cli/terminal-output",
  "wasi:cli/terminal-stdin",
  "wasi:cli/terminal-stdout",
  "wasi:cli/terminal-stderr",
] as const;

function few(most: bigint): bigint {
  return most < MOST_RANDOM ? most : MOST_RANDOM;
}
