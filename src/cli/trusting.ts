/** `wasock trust`: lets a `wasock.json` count, as it is now. */
import { printableLines } from "../../host/messages/printable.ts";
import { CONFIG, readUntrusted } from "./config.ts";
import { trust } from "./trust.ts";
import { UsageError } from "./usage.ts";

const TRUST_HELP = `wasock trust [file]

Shows a file of settings, wasock.json in the working directory, and lets it count for wasock run as it is now. When it has
changed, by whomever, it does not count until it is trusted again.
`;

/** Runs the command; its exit code. */
export async function trusting(args: string[]): Promise<number> {
  const [file = CONFIG, ...more] = args;
  if (file === "--help" || file === "-h") {
    console.log(TRUST_HELP);
    return 0;
  }
  if (more.length > 0 || file.startsWith("-"))
    throw new UsageError("wasock trust takes one file: wasock trust wasock.json");
  const bytes = readUntrusted(file);
  console.log(printableLines(Buffer.from(bytes).toString().trimEnd(), 1000, 1000));
  trust(file, bytes);
  console.log(`\n${printableLines(file)} counts from now on, as it stands above`);
  return 0;
}
