// The parts of a program that it does not call itself. The transform adds this file to every compilation,
// hands the first export to the runtime, and puts the others in the place of what AssemblyScript's own
// library imports from `env`, which no component has (see transform/program.mjs).

import { monotonicNow, now } from "./faces/cli/clock";
import { args, environment, exit } from "./faces/cli/environment";
import { randomFill, randomU64 } from "./faces/cli/random";
import { print, printError } from "./faces/cli/stdio";

export { cabi_realloc } from "./abi";
export { abort } from "./abort";

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

// since when, by label; null until the first is asked for
let clocks: Map<string, u64> | null = null;

export function consoleTime(label: string): void {
  let all = clocks;
  if (!all) clocks = all = new Map<string, u64>();
  if (all.has(label)) printError("console.time: " + label + " is running already");
  else all.set(label, monotonicNow());
}

// whether there is such a clock; prints what it shows
function tellTime(call: string, label: string): bool {
  const now = monotonicNow();
  const all = clocks;
  if (!all || !all.has(label)) {
    printError(call + ": there is no " + label);
    return false;
  }
  const microseconds = (now - all.get(label)) / 1000;
  const fraction = (microseconds % 1000).toString().padStart(3, "0");
  print(label + ": " + (microseconds / 1000).toString() + "." + fraction + "ms");
  return true;
}

export function consoleTimeLog(label: string): void {
  tellTime("console.timeLog", label);
}

export function consoleTimeEnd(label: string): void {
  if (tellTime("console.timeEnd", label)) clocks!.delete(label);
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

export function processArgv(): string[] {
  return args();
}

export function processEnv(): Map<string, string> {
  return environment();
}

export function getRandomValuesN(length: u32): Uint8Array {
  const bytes = new Uint8Array(length);
  randomFill(bytes);
  return bytes;
}
