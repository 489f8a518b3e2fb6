/** What the drop-in modules answer on the guest's own thread: what it was started with, the time of day, its end. */
import { localImports } from "../wasi02/command.ts";

let variables: Readonly<Record<string, string | undefined>> = process.env;
let given: readonly string[] = process.argv.slice(1);
let folder: string | undefined = process.cwd();

/** Gives the guest this environment in the place of the process'. */
export function _setEnv(env: Readonly<Record<string, string>>): void {
  variables = { ...env };
}

/** Gives the guest these variables too. */
export function _appendEnv(env: Readonly<Record<string, string>>): void {
  variables = { ...variables, ...env };
}

/** Gives the guest these arguments, its name first, in the place of the process'. */
export function _setArgs(args: readonly string[]): void {
  given = [...args];
}

/** Tells the guest this working directory in the place of the process'. */
export function _setCwd(path: string | undefined): void {
  folder = path;
}

const local = localImports({
  get env() {
    return variables as Readonly<Record<string, string>>;
  },
  get args() {
    return given;
  },
}) as Readonly<Record<string, object>>;

/** The faces, by interface name without version. */
export const localFaces: Readonly<Record<string, object>> = {
  ...local,
  "wasi:cli/environment": { ...local["wasi:cli/environment"], initialCwd: () => folder },
  "wasi:cli/exit": {
    exit: ({ tag }: { tag: "ok" | "err" }): never => process.exit(tag === "ok" ? 0 : 1),
    exitWithCode: (code: number): never => process.exit(code),
  },
};
