/** A test file with a test that waits for what never comes. */
import { createServer } from "node:net";
import { test } from "uvu";

test("this ends", () => {});

test("this waits for ever", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise<void>((resolve) => server.once("close", resolve));
});

test.run();
