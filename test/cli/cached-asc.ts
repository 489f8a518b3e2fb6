/**
 * Imported by a test, or by `--import` before a command, it puts asc.ts in the place of asc: what was compiled once is not
 * compiled again.
 */
import * as module from "node:module";

const URL_OF_OURS = new URL("asc.js", import.meta.url).href;

// Node 20 has such hooks on a thread of their own, and takes them as a module's text; later ones warn of that
if (Object.hasOwn(module, "registerHooks")) {
  module.registerHooks({
    resolve(name, context, next) {
      const isOurs = name === "assemblyscript/asc" && context.parentURL !== URL_OF_OURS;
      return isOurs ? { url: URL_OF_OURS, shortCircuit: true } : next(name, context);
    },
  });
} else {
  const text = `const ours = ${JSON.stringify(URL_OF_OURS)};
    export const resolve = (name, context, next) =>
      name === "assemblyscript/asc" && context.parentURL !== ours ? { url: ours, shortCircuit: true } : next(name, context);`;
  module.register(`data:text/javascript,${encodeURIComponent(text)}`);
}
