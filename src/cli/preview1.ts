/** `wasock run` of a preview 1 program: what it is known by, and what the options mean to it. */
import { type WasmModule, wasm } from "../../host/lowered/webassembly.ts";
import { denyAll, type Policy } from "../../host/policy/policy.ts";
import { parseListener } from "../../host/preview1/world.ts";
import { type PermissionFlags, permissionsOf } from "./permissions.ts";
import { UsageError } from "./usage.ts";

interface Engine {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
}

/** The magic number, version 1, and layer 0, which is a core module. */
const CORE_HEADER = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/**
 * The compiled module of a preview 1 program.
 *
 * @param bytes a WebAssembly file
 * @returns undefined for a component, and for a module that does not import preview 1
 */
export function preview1Module(bytes: Uint8Array<ArrayBuffer>): WasmModule | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!text.subarray(0, 8).equals(CORE_HEADER) || !text.includes("wasi_snapshot_preview1")) return undefined;
  let module: WasmModule;
  try {
    module = new (wasm as unknown as Engine).Module(bytes);
  } catch {
    // whoever runs it says what is wrong with it
    return undefined;
  }
  const isPreview1 = wasm.Module.imports(module).some((entry) => entry.module === "wasi_snapshot_preview1");
  return isPreview1 ? module : undefined;
}

/** The options that rules of the network are given with. */
const NETWORK = ["allow-net", "allow-listen", "allow-dns", "deny-net"] as const;

/**
 * Checks `--listen`, and that no option is given that would have no effect.
 *
 * @param flags the network's options
 * @param listen the addresses
 * @param isPreview1 whether the program is one of preview 1
 * @param file its name
 * @throws UsageError
 */
export function checkListening(
  flags: PermissionFlags,
  listen: readonly string[],
  isPreview1: boolean,
  file: string,
): void {
  if (!isPreview1) {
    if (listen.length === 0) return;
    throw new UsageError(
      `--listen has no effect on ${file}, which is no preview 1 program: it listens by itself where ` +
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
export function listenerPermissions(flags: PermissionFlags, listen: readonly string[]): Policy {
  if (listen.length === 0) return denyAll;
  // of port 0 comes any; the program can bind nothing by itself
  const rules = listen.map((text) => text.replace(/:0+$/, ":*"));
  const { policy } = permissionsOf({
    ...flags,
    "allow-listen": [...(flags["allow-listen"] ?? []), ...rules],
  });
  if (flags["allow-net"] === undefined) return policy;
  return {
    ...policy,
    check: (use, address, local) =>
      policy.check(use, address, local) &&
      (use !== "tcp-accept" || policy.check("tcp-connect", address, local)),
  };
}
