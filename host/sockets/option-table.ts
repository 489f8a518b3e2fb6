// Made by tools/generate.mjs; do not edit. From tools/options/table.mjs.

/** The options that the host has, by the numbers that the core of the Node library knows them by. */
export const HOST_OPTIONS = [
  "broadcast",
  "send-buffer-size",
  "receive-buffer-size",
  "keep-alive",
  "no-delay",
  "keep-alive-idle",
  "keep-alive-interval",
  "keep-alive-count",
  "hop-limit",
] as const;
export type HostOption = (typeof HOST_OPTIONS)[number];

/** Those that each kind of socket has. */
export const OF_KIND: Readonly<Record<"tcp" | "udp", ReadonlySet<HostOption>>> = {
  tcp: new Set([
    "send-buffer-size",
    "receive-buffer-size",
    "keep-alive",
    "no-delay",
    "keep-alive-idle",
    "keep-alive-interval",
    "keep-alive-count",
    "hop-limit",
  ]),
  udp: new Set(["broadcast", "send-buffer-size", "receive-buffer-size", "hop-limit"]),
};

/** Level and name of an option, as numbers of the platform's C headers. */
type OptionNumbers = readonly [level: number, name: number];

/** What is known of an option that Node may have no call for. */
interface RawOptionRow {
  /** What a socket starts with, in the kernel's unit; unknown where it is the system's to say. */
  readonly initial: number | undefined;
  /** The most that Linux takes. */
  readonly most: number;
  /** Whether it counts from a connection's first packet: the window is agreed on then. */
  readonly fromFirstPacket: boolean;
  /** What setsockopt(2) and getsockopt(2) are called with. */
  readonly numbers: Readonly<
    Record<"linux" | "darwin" | "freebsd", Readonly<Record<"ipv4" | "ipv6", OptionNumbers>>>
  >;
}

/** The options that Node has no call for, or none that works at any time. */
export type RawOption =
  | "send-buffer-size"
  | "receive-buffer-size"
  | "keep-alive-idle"
  | "keep-alive-interval"
  | "keep-alive-count"
  | "hop-limit";

export const RAW_OPTIONS: Readonly<Record<RawOption, RawOptionRow>> = {
  "send-buffer-size": {
    initial: undefined,
    most: 2147483647,
    fromFirstPacket: true,
    numbers: {
      linux: { ipv4: [1, 7], ipv6: [1, 7] },
      darwin: { ipv4: [65535, 4097], ipv6: [65535, 4097] },
      freebsd: { ipv4: [65535, 4097], ipv6: [65535, 4097] },
    },
  },
  "receive-buffer-size": {
    initial: undefined,
    most: 2147483647,
    fromFirstPacket: true,
    numbers: {
      linux: { ipv4: [1, 8], ipv6: [1, 8] },
      darwin: { ipv4: [65535, 4098], ipv6: [65535, 4098] },
      freebsd: { ipv4: [65535, 4098], ipv6: [65535, 4098] },
    },
  },
  "keep-alive-idle": {
    initial: 7200,
    most: 32767,
    fromFirstPacket: false,
    numbers: {
      linux: { ipv4: [6, 4], ipv6: [6, 4] },
      darwin: { ipv4: [6, 16], ipv6: [6, 16] },
      freebsd: { ipv4: [6, 256], ipv6: [6, 256] },
    },
  },
  "keep-alive-interval": {
    initial: 75,
    most: 32767,
    fromFirstPacket: false,
    numbers: {
      linux: { ipv4: [6, 5], ipv6: [6, 5] },
      darwin: { ipv4: [6, 257], ipv6: [6, 257] },
      freebsd: { ipv4: [6, 512], ipv6: [6, 512] },
    },
  },
  "keep-alive-count": {
    initial: 9,
    most: 127,
    fromFirstPacket: false,
    numbers: {
      linux: { ipv4: [6, 6], ipv6: [6, 6] },
      darwin: { ipv4: [6, 258], ipv6: [6, 258] },
      freebsd: { ipv4: [6, 1024], ipv6: [6, 1024] },
    },
  },
  "hop-limit": {
    initial: 64,
    most: 255,
    fromFirstPacket: true,
    numbers: {
      linux: { ipv4: [0, 2], ipv6: [41, 16] },
      darwin: { ipv4: [0, 4], ipv6: [41, 4] },
      freebsd: { ipv4: [0, 4], ipv6: [41, 4] },
    },
  },
};
