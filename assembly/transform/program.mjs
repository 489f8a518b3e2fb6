// Compiler transform: makes a component's core module out of an AssemblyScript program.
//
//     asc main.ts --transform wasock/transform --exportStart _start
//
// - Functions get the export names of their `@witExport` decorators (wit-exports.mjs).
// - Top-level code, which asc exports as `_start`, becomes `wasi:cli/run`. With `--exportStart _initialize` it
//   runs when the component is instantiated, and the program exports what its own WIT asks for.
// - AssemblyScript's `console`, `Date`, `Math.random`, `performance`, `process.exit`, `crypto.getRandomValues`,
//   `trace`, thrown errors and assertions import from `env`, which no component has: they are answered by
//   assembly/program.ts, over WASI.
// - Frames for the collector are kept where it can find something in them (frames.mjs).

import { Program } from "./command.mjs";

// asc takes the transform from the module's default export; it knows no other way.
export default Program;
