/** The imports of a host, by the names that jco's types and its code have for them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../host/host.ts";

test("names with versions are the same objects, and only those without are the object's own", () => {
  const one = createHost();
  const other = createHost();
  const names = Object.keys(one.imports) as "wasi:io/poll"[];
  assert.ok(names.includes("wasi:io/poll"));
  assert.not.ok(names.some((name) => name.includes("@")));
  for (const name of names) {
    for (const version of ["0.2.0", "0.2.6", "0.2.12"] as const) {
      assert.is(one.imports[`${name}@${version}` as "wasi:io/poll@0.2.0"], one.imports[name], name);
    }
  }
  // each host has its own
  const key = "wasi:sockets/tcp-create-socket";
  assert.is.not(one.imports[`${key}@0.2.12`], other.imports[`${key}@0.2.12`]);
  assert.not.ok(Object.hasOwn({ ...one.imports }, `${key}@0.2.12`));
  for (const name of ["wasi:io/poll@0.2.13", "wasi:io/poll@0.3.0", "toString", "constructor"]) {
    assert.not.ok(name in one.imports, name);
  }
  one.close();
  other.close();
});

test.run();
