// Made by tools/generate.mjs; do not edit.
/** `wasi:cli` for `jco transpile --map 'wasi:cli/*=wasock/host/wasi03/cli#*'`, of WASI 0.3. */
import { faceOf } from "./faces.ts";

export { _appendEnv, _setArgs, _setCwd, _setEnv } from "../command.ts";

export const environment: object = faceOf("wasi:cli/environment");
export const exit: object = faceOf("wasi:cli/exit");
export const types: object = faceOf("wasi:cli/types");
export const stdin: object = faceOf("wasi:cli/stdin");
export const stdout: object = faceOf("wasi:cli/stdout");
export const stderr: object = faceOf("wasi:cli/stderr");
export const terminalInput: object = faceOf("wasi:cli/terminal-input");
export const terminalOutput: object = faceOf("wasi:cli/terminal-output");
export const terminalStdin: object = faceOf("wasi:cli/terminal-stdin");
export const terminalStdout: object = faceOf("wasi:cli/terminal-stdout");
export const terminalStderr: object = faceOf("wasi:cli/terminal-stderr");
