/** The JSON schema of `wasock.json`, made of the options. */
import { defaultCaps } from "../../host/io/caps.ts";
import { type Flag, type Flags, RUN } from "./flags.ts";

/**
 * Makes it, in the form of JSON Schema 2020-12 (json-schema.org).
 *
 * @returns what is to be written as JSON
 */
export function schema(): object {
  const options = Object.fromEntries(
    Object.values(RUN as Flags).flatMap((flag) => (flag.key === undefined ? [] : [[flag.key, typeOf(flag)]])),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What wasock run is told of a folder's programs",
    type: "object",
    additionalProperties: false,
    properties: {
      $schema: { type: "string" },
      ...options,
      programs: {
        description: "The same of single programs, by their paths as seen from this file",
        type: "object",
        additionalProperties: { type: "object", additionalProperties: false, properties: options },
      },
    },
  };
}

const TEXTS = { type: "array", items: { type: "string" } } as const;

function typeOf({ type, multiple, mayBeBare, key, text: description }: Flag): object {
  if (type === "boolean") return { description, type };
  if (key === "maxSockets") return { description, type: "integer", minimum: 1 };
  if (key === "limits") {
    const names = Object.keys(defaultCaps);
    const limit = { type: "integer", minimum: 1 };
    return { description, type: "object", propertyNames: { enum: names }, additionalProperties: limit };
  }
  if (multiple !== true) return { description, type: "string" };
  return mayBeBare === true
    ? { description, anyOf: [{ type: "boolean" }, TEXTS] }
    : { description, ...TEXTS };
}
