/** The names of failures, and of kinds of files, in `wasi:filesystem` 0.3. */
import { naming } from "../messages/failures.ts";
import type * as wit from "../wit/wasi02.ts";

/** A case with words where it has no name. */
export interface Case {
  readonly tag: string;
  readonly val: string | undefined;
}

/** The error of 0.3 for one of 0.2, which are the same but for one; anything else as it is. */
export function named(thrown: unknown): unknown {
  if (typeof thrown !== "string") return thrown;
  return (
    thrown === "would-block" ? { tag: "other", val: thrown } : { tag: thrown, val: undefined }
  ) satisfies Case;
}

export function kindOf(kind: wit.DescriptorType): Case {
  return { tag: kind === "unknown" ? "other" : kind, val: undefined };
}

export const asNamed: <T>(call: () => T) => T = naming(named);
