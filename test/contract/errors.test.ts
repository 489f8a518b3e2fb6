/** The contract: error numbers as text. */
import * as assert from "uvu/assert";
import { contract } from "./contract.ts";

const { promise, run } = await contract("errors");

promise("errorName names an error number in Linux numbering", async ({ side }) => {
  const names = {
    9: "EBADF",
    11: "EAGAIN",
    22: "EINVAL",
    32: "EPIPE",
    97: "EAFNOSUPPORT",
    98: "EADDRINUSE",
    104: "ECONNRESET",
    107: "ENOTCONN",
    110: "ETIMEDOUT",
    111: "ECONNREFUSED",
    113: "EHOSTUNREACH",
  };
  for (const [errno, name] of Object.entries(names)) {
    assert.is(await side.errorName(-Number(errno)), name);
    assert.is(await side.errorName(Number(errno)), name);
  }
});

promise("errorName gives E and the number where Linux has no name", async ({ side }) => {
  assert.is(await side.errorName(-4000), "E4000");
});

promise("errorMessage says what an error number means", async ({ side }) => {
  assert.is(await side.errorMessage(-111), "connection refused");
  assert.match(await side.errorMessage(-98), /address (already )?in use/);
  assert.match(await side.errorMessage(-4000), /4000/);
});

run();
