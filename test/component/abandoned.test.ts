/** Operations of the component that are dropped before they are done: nothing of them is left on the host. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Pollable } from "../../host/io/poll.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { callFace, dispose, instantiate } from "../sides/jco.ts";

const test = suite("abandoned operations");
const opened = await instantiate("sync", allowAll, { resolver: () => new Promise(() => {}) });
if (typeof opened === "string") throw new Error(opened);
const { host, operations } = opened;

interface Operation {
  step(): { readonly tag: string };
  subscribe(): Pollable;
}

for (const [name, args] of [
  ["start-get-address-info", ["somewhere.test", "80", undefined]],
  ["start-open-net-io", ["somewhere.test", "80"]],
] as const) {
  test(`${name}, while it looks up`, () => {
    const before = host.stats();
    const operation = callFace(operations, name, args) as Operation;
    assert.is(operation.step().tag, "pending");
    const ready = operation.subscribe();
    assert.is(host.stats().lookups, 1);
    dispose(ready);
    dispose(operation);
    assert.equal(host.stats(), before);
  });
}

test.after(() => host.close());
test.run();
