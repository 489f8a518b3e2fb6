// The component: everything that the world wasock of wit/net.wit exports.

export { cabi_realloc } from "../abi";
export * from "./component/net";
export * from "./component/net-io";
export * from "./component/operations";
export * from "./component/post";
export * from "./component/types";
export * from "./component/values";
