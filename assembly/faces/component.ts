// The component: everything that the world wasock of wit/net.wit exports. tools/wit/exports.mjs says how WIT's functions
// are called here.

export { cabi_realloc } from "../abi";
export * from "./component/net";
export * from "./component/net-io";
export * from "./component/operations";
export * from "./component/post";
export * from "./component/types";
export * from "./component/values";
// WIT has no buffers of the caller's to be filled
export {
  receive as receiveInto,
  receiveNonBlocking as receiveIntoNonBlocking,
} from "./component/net";
