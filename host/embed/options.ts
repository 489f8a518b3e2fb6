/** What a component is instantiated with. */
import type { RunOptions } from "../run/run-options.ts";

/**
 * What an embedder gives a component: interfaces by their names, `acme:demo/log@1.2.0` or without the version; and
 * functions and classes that the world itself imports, as JavaScript spells their names. Interfaces are objects of
 * functions and classes.
 */
export type Imports = Readonly<Record<string, unknown>>;

type Shared =
  | "policy"
  | "without"
  | "ask"
  | "acceptFrom"
  | "args"
  | "name"
  | "env"
  | "dirs"
  | "stdin"
  | "stdout"
  | "stderr"
  | "maxMemory"
  | "limits"
  | "audit"
  | "trace"
  | "traceChannels"
  | "resolver"
  | "network";

/** What a component is given, and how far it may go: as a command is ({@link RunOptions}), and what else it imports. */
export interface InstantiateOptions extends Pick<RunOptions, Shared> {
  /**
   * What it imports beside WASI, or in the place of it: interfaces by their names, with or without version, and what its world
   * imports itself. Functions may throw a {@link ComponentError} where they give a `result`.
   */
  imports?: Imports;
  /** Closes the instance when it is aborted. */
  signal?: AbortSignal;
  /**
   * Whether functions that are not async give promises too: a call is then suspended where it waits, in sockets of WASI 0.2
   * or in a function that it imports and that gives a promise, and others wait until it is over. It needs JSPI (Node 24,
   * Deno, Bun). Default false: they are plain calls, and one that would have to wait ends the instance.
   */
  promises?: boolean;
}
