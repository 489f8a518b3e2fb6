/**
 * The WASI host for sockets on Node's own networking.
 */

export { ComponentError, InstanceError, type InstanceErrorCode } from "./embed/errors.ts";
export { type Instance, type InstanceStats, instantiate } from "./embed/instantiate.ts";
export type { Imports, InstantiateOptions } from "./embed/options.ts";
export type * from "./events/channels.ts";
export type { AnyEvent } from "./events/trace.ts";
export type { FolderGrant } from "./files/folders.ts";
export type { Host, HostOptions, HostStats } from "./host.ts";
export { createHost } from "./host.ts";
export type { Caps } from "./io/caps.ts";
export { defaultCaps } from "./io/caps.ts";
export type { IpAddress, IpAddressFamily, IpSocketAddress } from "./network/address.ts";
export type { SocketErrorCode } from "./network/errors.ts";
export type { Network } from "./network/network.ts";
export { nodeNetwork } from "./network/node/index.ts";
export {
  createRelayNetwork,
  type RelayNetwork,
  type RelayOptions,
  type WebSocketConstructor,
  type WebSocketLike,
} from "./network/relay/index.ts";
export type { Ask, PermissionAnswer, PermissionRequest } from "./policy/asking.ts";
export type { AuditRecord, AuditSink } from "./policy/audit.ts";
export type { AddressUse, Policy, Use } from "./policy/policy.ts";
export { allowAll, denyAll } from "./policy/policy.ts";
export type { PolicyRules } from "./policy/rules.ts";
export { policyFromRules } from "./policy/rules.ts";
export type { CallFrame, SourcePlace } from "./run/call-frame.ts";
export { runCommand } from "./run/command.ts";
export type { Trapped } from "./run/outcome.ts";
export { keepPrograms } from "./run/program-file.ts";
export { RunError, type RunErrorCode } from "./run/run-error.ts";
export type { RunOptions, RunResult } from "./run/run-options.ts";
export type { InputOption, OutputOption } from "./run/stdio.ts";
export type { Fidelity, FidelityOption } from "./sockets/fidelity.ts";
export type { ResolveName } from "./sockets/resolver.ts";
export type { FilesystemImports, Folders } from "./wasi02/filesystem.ts";
export { filesystemImports } from "./wasi02/filesystem.ts";
export type { VersionedImports, Wasi02Imports } from "./wasi02/index.ts";
export type { ErrorCode } from "./wasi02/network-errors.ts";
