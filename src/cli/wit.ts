/** A user's WIT, with that of WASI and of this package beside it. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { packageFile } from "../../host/runtime/package-files.ts";
import type { WasiVersion } from "./compile.ts";
import { UsageError } from "./usage.ts";

/** Where the WIT of this package is, of each version of WASI, and WASI's own beside it. */
export const OWN_WIT: Readonly<Record<WasiVersion, string>> = {
  "0.2": "build/wit",
  "0.3": "build/wit/wasi03",
};

/** Where wasm-tools looks for the packages that a WIT names. */
const PACKAGES = "deps";

/**
 * Puts a WIT where all packages are that it may name: those beside it, in its folder `deps`, and where these
 * don't have them WASI's.
 *
 * @param wit a WIT file, or a folder of them
 * @param wasi the version of WASI whose packages these are
 * @param work is given the folder, which is gone afterwards
 * @throws UsageError when there is none
 */
export async function withPackages<T>(
  wit: string,
  wasi: WasiVersion,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  if (!existsSync(wit)) throw new UsageError(`--wit ${wit}: there is no such file or folder`);
  const folder = mkdtempSync(join(tmpdir(), "wasock-wit-"));
  try {
    const isFolder = statSync(wit).isDirectory();
    if (isFolder && !readdirSync(wit).some((name) => name.endsWith(".wit")))
      throw new UsageError(`--wit ${wit}: there is no WIT in this folder`);
    if (isFolder) cpSync(wit, folder, { recursive: true });
    else cpSync(wit, join(folder, basename(wit)));
    const ours = packageFile(`${OWN_WIT[wasi]}/${PACKAGES}`);
    for (const name of readdirSync(ours)) {
      const target = join(folder, PACKAGES, name);
      if (!existsSync(target)) cpSync(join(ours, name), target, { recursive: true });
    }
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
