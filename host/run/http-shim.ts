/** preview2-shim, in a file of its own: code that was kept compiled (`code-cache.ts`) can't import. */
export function httpShim(): Promise<object> {
  return import("@bytecodealliance/preview2-shim/instantiation");
}
