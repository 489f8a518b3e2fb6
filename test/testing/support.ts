/** What the tests of networks share. */
import { NetError } from "../../src/index.ts";

/** The code that a call fails with; `undefined` where it doesn't. */
export async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof NetError ? error.code : String(error);
  }
}
