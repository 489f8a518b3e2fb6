/**
 * A listener of a host, in a process with few descriptors that has two of them left. Whoever it accepts is sent a word,
 * and the end of the stream once it was told to let go of all that it holds.
 */
import { closeSync, openSync } from "node:fs";
import { at, type Connected, drop, listener, openHost, put } from "../host/support.ts";
import { endWithParent, host, tell } from "./serve.ts";

endWithParent();
const server = listener(openHost(), at(host, 0));
const held: number[] = [];
try {
  for (;;) held.push(openSync("/dev/null", "r"));
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== "EMFILE") throw error;
}
for (const descriptor of held.splice(0, 2)) closeSync(descriptor);
const accepted: Connected[] = [];
let isFree = false;
process.on("message", () => {
  for (const descriptor of held.splice(0)) closeSync(descriptor);
  for (const one of accepted.splice(0)) drop(one);
  isFree = true;
  tell({});
});
tell({ port: server.localAddress().val.port });
const pollable = server.subscribe();
for (;;) {
  await pollable.block();
  const [socket, input, output] = server.accept();
  const connected = { socket, input, output };
  put(output, Buffer.from("served"));
  if (isFree) drop(connected);
  else accepted.push(connected);
}
