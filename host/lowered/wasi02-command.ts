/**
 * What a command needs of WASI 0.2 beside sockets, io and clocks: `wasi:cli` and `wasi:random`, as data.
 * A test holds this file against WASI's own WIT.
 */

import {
  func,
  type InterfaceType,
  list,
  methods,
  option,
  own,
  resource,
  result,
  string,
  tuple,
  u8,
  u64,
} from "./types.ts";
import { inputStream, outputStream } from "./wasi02.ts";

const terminalInput = resource("wasi:cli/terminal-input", "terminal-input");
const terminalOutput = resource("wasi:cli/terminal-output", "terminal-output");
const bytes = list(u8);

/** The interfaces, lowest first. */
export const commandInterfaces: readonly InterfaceType[] = [
  {
    name: "wasi:random/random",
    resources: [],
    functions: { "get-random-bytes": func({ len: u64 }, bytes), "get-random-u64": func({}, u64) },
  },
  {
    name: "wasi:random/insecure",
    resources: [],
    functions: {
      "get-insecure-random-bytes": func({ len: u64 }, bytes),
      "get-insecure-random-u64": func({}, u64),
    },
  },
  {
    name: "wasi:random/insecure-seed",
    resources: [],
    functions: { "insecure-seed": func({}, tuple(u64, u64)) },
  },
  {
    name: "wasi:cli/environment",
    resources: [],
    functions: {
      "get-environment": func({}, list(tuple(string, string))),
      "get-arguments": func({}, list(string)),
      "initial-cwd": func({}, option(string)),
    },
  },
  {
    name: "wasi:cli/exit",
    resources: [],
    functions: {
      exit: func({ status: result(undefined, undefined) }),
      "exit-with-code": func({ "status-code": u8 }),
    },
  },
  { name: "wasi:cli/stdin", resources: [], functions: { "get-stdin": func({}, own(inputStream)) } },
  { name: "wasi:cli/stdout", resources: [], functions: { "get-stdout": func({}, own(outputStream)) } },
  { name: "wasi:cli/stderr", resources: [], functions: { "get-stderr": func({}, own(outputStream)) } },
  { name: "wasi:cli/terminal-input", resources: [methods(terminalInput, {})], functions: {} },
  { name: "wasi:cli/terminal-output", resources: [methods(terminalOutput, {})], functions: {} },
  {
    name: "wasi:cli/terminal-stdin",
    resources: [],
    functions: { "get-terminal-stdin": func({}, option(own(terminalInput))) },
  },
  {
    name: "wasi:cli/terminal-stdout",
    resources: [],
    functions: { "get-terminal-stdout": func({}, option(own(terminalOutput))) },
  },
  {
    name: "wasi:cli/terminal-stderr",
    resources: [],
    functions: { "get-terminal-stderr": func({}, option(own(terminalOutput))) },
  },
];
