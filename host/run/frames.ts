/** The functions of WebAssembly in the stack of an error. */
import { printable } from "../messages/printable.ts";

/** A function that was being called. */
export interface StackFrame {
  /** As the module calls it, fit to be printed; empty where it has no name. */
  readonly name: string;
  /** Its index in its module. */
  readonly index: number;
  /** The position in the module's bytes, as they were compiled, where the engine tells it. */
  readonly offset: number | undefined;
  /** The same text for all functions of one module. */
  readonly module: string;
}

/** How many functions are looked at. */
const MOST = 32;

/** V8 and JavaScriptCore tell a function of WebAssembly so. */
const FRAME = /^\s*(?:at )?(.*?)\s?[(@]?(wasm:\/\/wasm\/[^:]*:)?wasm-function\[(\d+)\](?::0x([0-9a-f]+))?/;

/** The functions that were being called when an error came about, the innermost first. */
export function framesOf(error: unknown): StackFrame[] {
  if (!(error instanceof Error) || typeof error.stack !== "string") return [];
  const frames: StackFrame[] = [];
  for (const line of error.stack.split("\n")) {
    const [, name = "", module = "", index, offset] = FRAME.exec(line) ?? [];
    if (index === undefined || frames.length === MOST) continue;
    frames.push({
      name: printable(name.replace(/^[^ ]*\.wasm\./, ""), 80),
      index: Number(index),
      offset: offset === undefined ? undefined : Number.parseInt(offset, 16),
      module,
    });
  }
  return frames;
}

/** What a function is called: by its name, or by its number. */
export function frameName({ name, index }: Pick<StackFrame, "name" | "index">): string {
  return name === "" ? `function ${index}` : name;
}
