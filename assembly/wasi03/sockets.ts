// wasi:sockets as 0.2 has it, for the core.

export * from "./lookup";
export * from "./socket-options";
export * from "./tcp";
export * from "./udp";
