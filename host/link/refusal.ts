/** A program that can't be linked: told in one sentence. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}
