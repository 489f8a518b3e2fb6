// The parts of a program that it does not call itself. The transform adds this file to every compilation,
// hands the first export to the runtime, and puts the others in the place of what AssemblyScript's own
// library imports from `env`, which no component has (see transform/program.mjs).

import { monotonicNow, now } from "./cli/clock";
import { exit } from "./cli/environment";
import { randomFill, randomU64 } from "./cli/random";
import { print, printError } from "./cli/stdio";

export { cabi_realloc } from "./abi";

/** A thrown error or a failed assertion: tells it with its place in the source, and ends the program. */
export function abort(message: string | null, fileName: string | null, line: u32, column: u32): void {
  let text = message && message.length ? "Error: " + message : "Error";
  if (fileName) text += "\n    at " + fileName + ":" + line.toString() + ":" + column.toString();
  printError(text);
  exit(1);
}

/** `trace(message, n, a0 … a4)` */
export function trace(message: string, n: i32, a0: f64, a1: f64, a2: f64, a3: f64, a4: f64): void {
  let text = "trace: " + message;
  if (n > 0) text += " " + a0.toString();
  if (n > 1) text += ", " + a1.toString();
  if (n > 2) text += ", " + a2.toString();
  if (n > 3) text += ", " + a3.toString();
  if (n > 4) text += ", " + a4.toString();
  printError(text);
}

/** What `Math.random()` starts from. */
export function seed(): f64 {
  return reinterpret<f64>((randomU64() & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
}

export function consoleLog(message: string): void {
  print(message);
}

export function consoleError(message: string): void {
  printError(message);
}

export function consoleAssert(condition: bool, message: string): void {
  if (!condition) printError("Assertion failed: " + message);
}

export function dateNow(): f64 {
  return <f64>now();
}

export function performanceNow(): f64 {
  return <f64>monotonicNow() / 1e6;
}

export function processExit(code: i32): void {
  exit(code);
}

export function getRandomValuesN(length: u32): Uint8Array {
  const bytes = new Uint8Array(length);
  randomFill(bytes);
  return bytes;
}
