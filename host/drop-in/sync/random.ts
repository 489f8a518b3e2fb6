/** `wasi:random`, which never waits. */
export { insecure, insecureSeed, random } from "../random.ts";
