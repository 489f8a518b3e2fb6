/** The component, transpiled by jco, on a host of its own. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createHost, type Host, type HostOptions } from "../../host/host.ts";
import { allowAll, type Policy } from "../../host/policy/policy.ts";

/** An interface that jco made functions of. */
export type Face = Record<string, (...args: unknown[]) => unknown>;

/** The component and its host. */
export interface Instance {
  readonly host: Host;
  readonly net: Face;
  readonly operations: Face;
}

interface Transpiled {
  instantiate(
    getCoreModule: (name: string) => Promise<object>,
    imports: object,
  ): Promise<Omit<Instance, "host">>;
}

interface WebAssemblyGlobal {
  compile(bytes: Uint8Array): Promise<object>;
  Suspending?: unknown;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };

/** Whether this Node can suspend a WebAssembly function that calls an import which answers later. */
export function hasSuspending(): boolean {
  return WebAssembly.Suspending !== undefined;
}

/**
 * Instantiates the component.
 *
 * @param variant `"sync"`, whose functions answer at once, or `"jspi"`, whose blocking functions suspend
 * @param policy what it may do; default everything
 * @param options what else its host is like
 * @returns the component, or why there is none
 */
export async function instantiate(
  variant: "sync" | "jspi",
  policy: Policy = allowAll,
  options: HostOptions = {},
): Promise<Instance | string> {
  const folder = new URL(`../../jco/${variant}/`, import.meta.url);
  const module = new URL("wasock.js", folder);
  if (!existsSync(module)) return `build/jco/${variant} is missing: run npm run build`;
  const transpiled = (await import(module.href)) as Transpiled;
  const host = createHost({ ...options, policy, maySuspend: variant === "jspi" });
  const compile = async (name: string): Promise<object> =>
    WebAssembly.compile(await readFile(new URL(name, folder)));
  const { net, operations } = await transpiled.instantiate(compile, host.imports);
  return { host, net, operations };
}

/**
 * Finds the function that jco made of a name of WIT, and calls it.
 *
 * @param face the interface
 * @param name a function (`"make-sockaddr"`) or a method (`"[method]sockaddr.bytes"`, whose first
 *   argument is the object)
 */
export function callFace(face: Face, name: string, args: readonly unknown[]): unknown {
  const method = name.startsWith("[method]");
  const key = camel(method ? name.slice(name.indexOf(".") + 1) : name);
  if (!method) return (face[key] as (...args: unknown[]) => unknown)(...args);
  const [self, ...rest] = args as [Face, ...unknown[]];
  return (self[key] as (...args: unknown[]) => unknown).apply(self, rest);
}

function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Drops what has a destructor. */
export function dispose(resource: unknown): void {
  (resource as Partial<Disposable>)[Symbol.dispose]?.();
}
