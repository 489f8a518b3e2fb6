// The network of this instance.
import { instanceNetwork } from "./sockets";

let handle: i32 = 0;

/** The one network of this instance, asked for at its first use and kept. */
export function network(): i32 {
  if (handle == 0) handle = instanceNetwork();
  return handle;
}
