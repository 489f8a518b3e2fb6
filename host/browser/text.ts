/** What `node:util` and `node:url` make of values and names. */

/** A value in a few words. */
export function inspect(
  value: unknown,
  { maxStringLength = 100 }: { maxStringLength?: number } = {},
): string {
  switch (typeof value) {
    case "string": {
      const rest = value.length - maxStringLength;
      return `'${value.slice(0, maxStringLength)}'${rest > 0 ? `... ${rest} more characters` : ""}`;
    }
    case "bigint":
      return `${value}n`;
    case "function":
      return `[Function: ${value.name || "(anonymous)"}]`;
    case "object":
      return value === null ? "null" : `[${value.constructor?.name ?? "Object"}]`;
    default:
      return String(value);
  }
}

/** A name of other letters than ASCII's in ASCII; `""` for what is no name. */
export function domainToASCII(name: string): string {
  try {
    return /[\s/?#@:\\]/.test(name) ? "" : new URL(`http://${name}/`).hostname;
  } catch {
    return "";
  }
}
