/** What the drop-in modules answer on the guest's own thread: what it was started with, the time of day, its end. */
import { basename } from "node:path";
import { localImports } from "../wasi02/command.ts";

/** The variable with which variables of the process the guest has: names with commas between, or `*`. */
export const ENV_VARIABLE = "WASOCK_ENV";

/** The variables of the process that its own environment grants to the guest: none where it says nothing. */
function grantedVariables(): Record<string, string> {
  const text = process.env[ENV_VARIABLE] ?? "";
  const names = text.trim() === "*" ? Object.keys(process.env) : text.split(",").map((name) => name.trim());
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(process.env, name) ? process.env[name] : undefined;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

let variables: Readonly<Record<string, string>> = grantedVariables();
// where the program lies is nothing that was granted
let given: readonly string[] = process.argv.slice(1).map((arg, i) => (i === 0 ? basename(arg) : arg));
let folder: string | undefined;

/** Gives the guest this environment in the place of what WASOCK_ENV grants. */
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

/** Tells the guest this working directory; without it there is none. */
export function _setCwd(path: string | undefined): void {
  folder = path;
}

const local = localImports({
  get env() {
    return variables;
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

/** A face by its interface name without version. */
export function faceOf(name: string): object {
  return localFaces[name] as object;
}
