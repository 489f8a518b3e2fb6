// Pings a Redis server, as `redis-cli ping` does, and tells how long the answers took.
//
//     wasock build redis-ping.ts && wasock run --allow-net redis-ping.wasm [HOST [PORT [COUNT]]]
//
// HOST defaults to localhost, PORT to 6379, COUNT to 1.

import {
  args,
  errorMessage,
  exit,
  lastError,
  monotonicNow,
  openNetIo,
  print,
  printError,
} from "wasock/assembly";

const given = args();
const host = given.length > 1 ? given[1] : "localhost";
const port = given.length > 2 ? given[2] : "6379";
const count = given.length > 3 ? i32.parse(given[3]) : 1;

function fail(why: string): void {
  printError(`redis-ping: ${host} port ${port}: ${why}`);
  exit(1);
}

// In a function, so that the compiler remembers what was looked at: of globals it does not.
function main(): void {
  const server = openNetIo(host, port);
  if (!server) return fail(errorMessage(lastError()));
  for (let left = count; left > 0; left--) {
    const start = monotonicNow();
    server.output.writeString("*1\r\n$4\r\nPING\r\n"); // an array of one string of four bytes
    server.output.flush();
    const answer = server.input.readLine(1024);
    if (answer === null) return fail("it closed the connection");
    if (answer != "+PONG") return fail(answer.startsWith("-") ? answer.substring(1) : answer);
    print(`PONG in ${(monotonicNow() - start) / 1000} µs`);
  }
  server.socket.close();
}

main();
