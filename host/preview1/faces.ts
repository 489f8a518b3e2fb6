/**
 * The part of WASI 0.2 that preview 1 is made of. Whoever serves it decides how to wait: where a call returns a promise
 * the guest is suspended meanwhile, and on a thread of its own the call blocks.
 */
import type * as wit from "../wit/wasi02.ts";

/** The faces by the names of their interfaces; a guest without folders needs none of `wasi:filesystem`. */
export type Faces = Pick<
  wit.Faces,
  | "wasi:io/poll"
  | `wasi:clocks/${"monotonic" | "wall"}-clock`
  | "wasi:random/random"
  | "wasi:cli/environment"
  | `wasi:cli/${"" | "terminal-"}${"stdin" | "stdout" | "stderr"}`
  | `wasi:sockets/${"network" | "instance-network" | "tcp-create-socket"}`
> &
  Partial<Pick<wit.Faces, `wasi:filesystem/${"types" | "preopens"}`>>;
