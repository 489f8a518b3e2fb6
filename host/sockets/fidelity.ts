/**
 * What becomes of each option of `wasi:sockets`, which lets a host keep a value that it can't hand on.
 */
import { datagramBuffersReachKernel } from "../runtime/features.ts";
import { type FindOptionBackend, type ReachableOption, reachesKernel } from "./options.ts";

/**
 * What an option of WASI comes to:
 * - `kernel`: what is set is handed on to the operating system, for the packets that it sends and receives;
 * - `computed`: it is read only, and is what the socket's own state says;
 * - `remembered`: what is set is kept within the limits that the kernel has, and read back; it has no effect.
 */
export type Fidelity = "kernel" | "computed" | "remembered";

/** The options of `wasi:sockets`, by protocol and name. */
export type FidelityOption =
  | "tcp.keep-alive-enabled"
  | "tcp.keep-alive-idle-time"
  | "tcp.keep-alive-interval"
  | "tcp.keep-alive-count"
  | "tcp.hop-limit"
  | "tcp.receive-buffer-size"
  | "tcp.send-buffer-size"
  | "tcp.listen-backlog-size"
  | "tcp.is-listening"
  | "tcp.address-family"
  | "udp.unicast-hop-limit"
  | "udp.receive-buffer-size"
  | "udp.send-buffer-size"
  | "udp.address-family";

/**
 * Tells, option by option, what becomes of it.
 *
 * @param findBackend gives what reaches what Node cannot
 */
export function optionFidelity(findBackend: FindOptionBackend): Record<FidelityOption, Fidelity> {
  const tcp = (option: ReachableOption): Fidelity =>
    reachesKernel(option, findBackend) ? "kernel" : "remembered";
  const udpBuffers: Fidelity = datagramBuffersReachKernel ? "kernel" : "remembered";
  return {
    "tcp.keep-alive-enabled": tcp("keep-alive"),
    "tcp.keep-alive-idle-time": tcp("keep-alive-idle"),
    "tcp.keep-alive-interval": tcp("keep-alive-interval"),
    "tcp.keep-alive-count": tcp("keep-alive-count"),
    "tcp.hop-limit": tcp("hop-limit"),
    "tcp.receive-buffer-size": tcp("receive-buffer-size"),
    "tcp.send-buffer-size": tcp("send-buffer-size"),
    "tcp.listen-backlog-size": "kernel",
    "tcp.is-listening": "computed",
    "tcp.address-family": "computed",
    "udp.unicast-hop-limit": "kernel",
    "udp.receive-buffer-size": udpBuffers,
    "udp.send-buffer-size": udpBuffers,
    "udp.address-family": "computed",
  };
}
