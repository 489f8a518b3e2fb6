/**
 * Socket options by `setsockopt` and `getsockopt` themselves, for what Node has no call for: through koffi, an
 * optional package that calls C functions and needs no compiler. Nothing is loaded before it is needed.
 */
import { createRequire } from "node:module";
import { hasDescriptors } from "../runtime-features.ts";
import type { OptionBackend, RawOption } from "./options.ts";

/** Level and name of an option, as numbers of the platform's C headers. */
type OptionNumbers = readonly [level: number, name: number];

interface Platform {
  readonly byOption: Readonly<Record<Exclude<RawOption, "hop-limit">, OptionNumbers>>;
  readonly hopLimit: Readonly<Record<"ipv4" | "ipv6", OptionNumbers>>;
  /** What the kernel counts a buffer's bytes as: Linux doubles them for its own overhead, socket(7). */
  readonly bufferFactor: 1 | 2;
}

const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;

const linux: Platform = {
  byOption: {
    "keep-alive-idle": [IPPROTO_TCP, 4],
    "keep-alive-interval": [IPPROTO_TCP, 5],
    "keep-alive-count": [IPPROTO_TCP, 6],
    "receive-buffer-size": [1, 8],
    "send-buffer-size": [1, 7],
  },
  hopLimit: { ipv4: [IPPROTO_IP, 2], ipv6: [IPPROTO_IPV6, 16] },
  bufferFactor: 2,
};

/** What the BSDs agree about: `SOL_SOCKET`, its buffers, and the hop limits. */
const bsd = {
  receiveBuffer: [0xffff, 0x1002],
  sendBuffer: [0xffff, 0x1001],
  hopLimit: { ipv4: [IPPROTO_IP, 4], ipv6: [IPPROTO_IPV6, 4] },
} as const;

const darwin: Platform = {
  byOption: {
    "keep-alive-idle": [IPPROTO_TCP, 0x10],
    "keep-alive-interval": [IPPROTO_TCP, 0x101],
    "keep-alive-count": [IPPROTO_TCP, 0x102],
    "receive-buffer-size": bsd.receiveBuffer,
    "send-buffer-size": bsd.sendBuffer,
  },
  hopLimit: bsd.hopLimit,
  bufferFactor: 1,
};

const freebsd: Platform = {
  byOption: {
    "keep-alive-idle": [IPPROTO_TCP, 256],
    "keep-alive-interval": [IPPROTO_TCP, 512],
    "keep-alive-count": [IPPROTO_TCP, 1024],
    "receive-buffer-size": bsd.receiveBuffer,
    "send-buffer-size": bsd.sendBuffer,
  },
  hopLimit: bsd.hopLimit,
  bufferFactor: 1,
};

/** Where the numbers are known for certain. Windows is not here: Node tells no descriptor of a socket there. */
const platforms: Readonly<Record<string, Platform>> = { linux, android: linux, darwin, freebsd };

/** The little of koffi that is used. */
interface Koffi {
  load(path: null): { func(prototype: string): (...args: unknown[]) => number };
}

/** What the options are reached by, or the sentence that says why they are not. */
export type NativeOptions = OptionBackend | string;

/**
 * Makes what reaches the options.
 *
 * @param load gives koffi, or throws
 * @param system as `process.platform` and `process.arch` name the machine; default this one
 */
export function makeNativeOptions(
  load: () => unknown,
  system: { platform: string; arch: string } = process,
): NativeOptions {
  // Linux on MIPS has numbers of its own.
  const platform = system.arch.startsWith("mips") ? undefined : platforms[system.platform];
  if (platform === undefined) {
    return `the numbers of socket options are not known for ${system.platform} on ${system.arch}`;
  }
  if (!hasDescriptors) return "this runtime does not tell the descriptor of a socket";
  try {
    return bind(platform, load() as Koffi);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "MODULE_NOT_FOUND") return "the package koffi is not installed: npm install koffi";
    return `the package koffi does not load: ${message}`;
  }
}

function bind(platform: Platform, koffi: Koffi): OptionBackend {
  const c = koffi.load(null);
  const setsockopt = c.func("int setsockopt(int fd, int level, int name, const void *value, uint32_t size)");
  const getsockopt = c.func(
    "int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *size)",
  );
  // One int for all calls: each is over before the next begins.
  const value = new Int32Array(1);
  const numbers = (family: "ipv4" | "ipv6", option: RawOption): OptionNumbers =>
    option === "hop-limit" ? platform.hopLimit[family] : platform.byOption[option];
  const isBuffer = (option: RawOption): boolean => option.endsWith("buffer-size");
  return {
    set(fd, family, option, wanted) {
      const [level, name] = numbers(family, option);
      value[0] = wanted;
      return setsockopt(fd, level, name, value, value.byteLength) === 0;
    },
    get(fd, family, option) {
      const [level, name] = numbers(family, option);
      value[0] = 0;
      if (getsockopt(fd, level, name, value, [value.byteLength]) !== 0) return undefined;
      const has = value[0] as number;
      return isBuffer(option) ? Math.trunc(has / platform.bufferFactor) : has;
    },
  };
}

let found: NativeOptions | undefined;

/** What reaches the options on this machine, looked for once, when it is first asked for. */
export function nativeOptions(): NativeOptions {
  found ??= makeNativeOptions(() => createRequire(import.meta.url)("koffi"));
  return found;
}
