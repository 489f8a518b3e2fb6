/** `wasock run` of a preview 1 program: what it is known by, and what the options mean to it. */
import { parseListener } from "../../host/preview1/listener.ts";
import { type Granted, type PermissionFlags, permissionsOf } from "./permissions.ts";
import { UsageError } from "./usage.ts";

/** The options that rules of the network are given with. */
const NETWORK = ["allow-net", "allow-listen", "allow-dns", "deny-net"] as const;

/**
 * Checks `--listen`, and that no option is given that would have no effect.
 *
 * @param flags the network's options
 * @param listen the addresses
 * @param isOne whether the program is one of preview 1
 * @param file its name
 * @throws UsageError
 */
export function checkListening(
  flags: PermissionFlags,
  listen: readonly string[],
  isOne: boolean,
  file: string,
): void {
  if (!isOne) {
    if (listen.length === 0) return;
    throw new UsageError(
      `--listen has no effect on ${file}, which is not a preview 1 program: it listens by itself where ` +
        "--allow-listen lets it",
    );
  }
  for (const text of listen) {
    try {
      parseListener(text);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
  const useless = NETWORK.find(
    (name) => flags[name] !== undefined && (listen.length === 0 || name === "allow-dns"),
  );
  if (useless === undefined) return;
  const why =
    useless === "allow-dns"
      ? "it can look no names up"
      : "it is on the network only by the listeners that --listen gives it";
  throw new UsageError(`--${useless} has no effect on ${file}, a preview 1 program: ${why}`);
}

/**
 * What the flags grant a preview 1 program: to listen where `--listen` says and nothing denies it, and to be connected to
 * by those whom `--allow-net` names, where it is given.
 *
 * @param flags the network's options
 * @param listen the addresses
 * @throws UsageError that names the flag, and what is wrong with it
 */
export function listenerPermissions(
  flags: PermissionFlags,
  listen: readonly string[],
): Granted & { readonly acceptFrom: "anyone" | "allowed" } {
  const acceptFrom = flags["allow-net"] === undefined ? "anyone" : "allowed";
  if (listen.length === 0) return { policy: {}, without: [], acceptFrom };
  // of port 0 comes any; the program can bind nothing by itself
  const rules = listen.map((text) => text.replace(/:0+$/, ":*"));
  const allowListen = [...(flags["allow-listen"] ?? []), ...rules];
  return { ...permissionsOf({ ...flags, "allow-listen": allowListen }), acceptFrom };
}
