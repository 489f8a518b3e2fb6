/** What is kept of programs that run many times in one process: what they are decoded and compiled to. */
import type { Component } from "../component/ast.ts";
import { decodeComponent } from "../component/decode.ts";

const programs: WeakMap<Uint8Array, Component | undefined> = new WeakMap();
const results: WeakMap<object, unknown> = new WeakMap();

/** Keeps what comes of a program from now on, as long as somebody has its bytes, which never change. */
export function keepProgram(bytes: Uint8Array): void {
  if (!programs.has(bytes)) programs.set(bytes, undefined);
}

/** Decodes a component, or gives it as it was decoded before. */
export function componentOf(bytes: Uint8Array): Component {
  const before = programs.get(bytes);
  if (before !== undefined) return before;
  const component = decodeComponent(bytes);
  if (programs.has(bytes)) {
    programs.set(bytes, component);
    results.set(component, undefined);
  }
  return component;
}

/** What a component comes to, or has come to where it is kept. */
export function onceFor<Result>(component: Component, make: () => Result): Result {
  if (!results.has(component)) return make();
  const made = (results.get(component) as Result | undefined) ?? make();
  results.set(component, made);
  return made;
}
