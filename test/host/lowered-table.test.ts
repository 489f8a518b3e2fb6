import { test } from "uvu";
import * as assert from "uvu/assert";
import { HandleTable, lower } from "../../host/lowered/index.ts";
import { give, guestModule, knownImports, makeGuest, makeWorld, resourceNamed } from "./lowered-support.ts";

test("handles start where they are told to, and two instances can share a table", async () => {
  const world = makeWorld({ firstHandle: 2 ** 20 });
  assert.equal([give(world, "pollable").handle, give(world, "pollable").handle], [2 ** 20, 2 ** 20 + 1]);
  const { host } = world;
  host.answer = () => true;
  assert.is(world.guest.call("wasi:io/poll", "[method]pollable.ready", 2 ** 20), 1);
  const other = lower(host.faces, { table: world.lowered.table });
  const module = await guestModule(knownImports);
  const guest = makeGuest(module, other.imports(module));
  other.attach(guest.exports);
  assert.is(guest.call("wasi:io/poll", "[method]pollable.ready", 2 ** 20 + 1), 1);
  assert.is(other.table, world.lowered.table);
});

test("a handle table is bounded and refuses what it doesn't know", () => {
  const table = new HandleTable({ maxHandles: 2 });
  const kind = resourceNamed("pollable");
  table.declare(kind, Map);
  const first = table.add(new Map());
  table.add({}, kind);
  assert.throws(() => table.add({}, kind), /all 2 handles are in use/);
  table.drop(first);
  assert.is(table.add(new Map()), first);
  assert.throws(() => table.add(new Set()), /an object of class Set is none of the resources served here/);
  assert.throws(() => table.get(3), /get: 3 is not a handle in use/);
  assert.throws(() => table.drop(0), /drop: 0 is not a handle in use/);
  for (const bad of [0, -1, 1.5, 2 ** 30, Number.NaN]) {
    assert.throws(() => new HandleTable({ firstHandle: bad }), /firstHandle must be an integer from 1/);
  }
  assert.throws(() => lower({}, { maxHandles: 0 }), /maxHandles must be an integer from 1/);
});

test("a table that is filled and emptied in any order gives each handle to one object", () => {
  const table = new HandleTable();
  const kind = resourceNamed("pollable");
  const held = new Map<number, object>();
  for (let i = 0; i < 2000; i++) {
    const [some] = held.keys();
    if (i % 3 === 2 && some !== undefined) {
      table.drop(some);
      held.delete(some);
    } else {
      const object = { i };
      const handle = table.add(object, kind);
      assert.not.ok(held.has(handle));
      held.set(handle, object);
    }
    assert.is(table.size, held.size);
  }
  for (const [handle, object] of held) assert.is(table.get(handle), object);
  assert.ok(Math.max(...held.keys()) < 1500);
});

test.run();
