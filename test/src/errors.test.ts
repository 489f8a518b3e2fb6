/** Error numbers as text, and the error class. */
import { constants } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { errorMessage, errorName, NetError } from "../../src/index.ts";
import { scenario } from "./support/scenario.ts";

scenario("a number has the name that the system gives it, with and without a minus", () => {
  assert.is(errorName(-111), "ECONNREFUSED");
  assert.is(errorName(111), "ECONNREFUSED");
  assert.is(errorMessage(-111), "connection refused");
  assert.is(errorMessage(111), "connection refused");
  // the numbers are those of Linux, wherever this runs
  if (process.platform !== "linux") return;
  const twice = new Set(["EWOULDBLOCK", "ENOTSUP"]);
  const known = Object.entries(constants.errno).filter(
    ([, errno]) => !errorName(errno).startsWith(`E${errno}`),
  );
  assert.ok(known.length > 40, `${known.length} numbers are known`);
  for (const [name, errno] of known) if (!twice.has(name)) assert.is(errorName(-errno), name);
});

scenario("every number that sockets and names come with has words", () => {
  const network = [
    9, 11, 13, 22, 24, 32, 88, 89, 90, 92, 93, 94, 95, 97, 98, 99, 101, 103, 104, 106, 107, 110, 111, 113,
    114,
  ];
  for (const errno of network) {
    assert.match(errorName(-errno), /^E[A-Z]+$/);
    assert.match(errorMessage(-errno), /^[a-z]/);
    assert.not.match(errorMessage(-errno), /^error/);
  }
});

scenario("a number that has no name says so", () => {
  assert.is(errorName(-4000), "E4000");
  assert.is(errorMessage(-4000), "error 4000");
  assert.is(errorName(0), "E0");
});

scenario("a NetError says what was tried, on what, and what came of it", () => {
  const error = new NetError(-111, { syscall: "connect", address: "10.0.0.5", port: 443 });
  assert.ok(error instanceof Error);
  assert.is(error.message, "connect 10.0.0.5:443: connection refused (ECONNREFUSED)");
  assert.is(error.name, "NetError");
  assert.equal(
    { ...error },
    {
      name: "NetError",
      code: "ECONNREFUSED",
      errno: -111,
      syscall: "connect",
      address: "10.0.0.5",
      port: 443,
    },
  );
  assert.match(
    new NetError(-98, { syscall: "bind", address: "::1", port: 80 }).message,
    /^bind \[::1\]:80: /,
  );
  assert.match(
    new NetError(-2, { syscall: "getaddrinfo", address: "x", port: "http" }).message,
    /^getaddrinfo x:http: /,
  );
  assert.match(new NetError(-9, { syscall: "recv" }).message, /^recv: socket is closed \(EBADF\)$/);
});

test.run();
