/** `node:crypto`, which takes many milliseconds to load: loaded when it is needed first. */
export function crypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}
