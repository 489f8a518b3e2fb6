/**
 * Socket options by `setsockopt` and `getsockopt` themselves, for what Node has no call for: through koffi, an
 * optional package that calls C functions and needs no compiler. Nothing is loaded before it is needed.
 */
import { hasDescriptors } from "../runtime/features.ts";
import { type Koffi, loadKoffi } from "../runtime/koffi.ts";
import { RAW_OPTIONS, type RawOption } from "./option-table.ts";
import type { OptionBackend } from "./options.ts";

/** Where the numbers are known for certain. Windows is not here: Node tells no descriptor of a socket there. */
const PLATFORMS = { linux: "linux", android: "linux", darwin: "darwin", freebsd: "freebsd" } as const;
type Platform = (typeof PLATFORMS)[keyof typeof PLATFORMS];

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
  const isKnown = Object.hasOwn(PLATFORMS, system.platform) && !system.arch.startsWith("mips");
  const platform = isKnown ? PLATFORMS[system.platform as keyof typeof PLATFORMS] : undefined;
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
  const isBuffer = (option: RawOption): boolean => option.endsWith("buffer-size");
  return {
    set(fd, family, option, wanted) {
      const [level, name] = RAW_OPTIONS[option].numbers[platform][family];
      value[0] = wanted;
      return setsockopt(fd, level, name, value, value.byteLength) === 0;
    },
    get(fd, family, option) {
      const [level, name] = RAW_OPTIONS[option].numbers[platform][family];
      value[0] = 0;
      if (getsockopt(fd, level, name, value, [value.byteLength]) !== 0) return undefined;
      const has = value[0] as number;
      // Linux counts twice a buffer's bytes, for its own overhead: socket(7)
      return platform === "linux" && isBuffer(option) ? Math.trunc(has / 2) : has;
    },
  };
}

let found: NativeOptions | undefined;

/** What reaches the options on this machine, looked for once, when it is first asked for. */
export function nativeOptions(): NativeOptions {
  found ??= makeNativeOptions(loadKoffi);
  return found;
}
