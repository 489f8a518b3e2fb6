// The component of WASI 0.3: everything that the world wasock of wit/wasi03/net.wit exports.

export { cabi_realloc } from "../abi";
export * from "./component/post";
export * from "./component/types";
export * from "./component/values";
export * from "./component03/net";
export { resume } from "./component03/task";
