/** `wasock relay`: TCP and UDP for pages, as far as rules let them. */
import { pathToFileURL } from "node:url";
import { printable } from "../../host/messages/printable.ts";
import { packageFile } from "../../host/runtime/package-files.ts";
import type { serveRelay } from "../relay/server.ts";
import { RELAY } from "./flags.ts";
import { helpOf } from "./help.ts";
import { readOptions } from "./options.ts";
import { permissionsOf } from "./permissions.ts";
import { tell } from "./tell.ts";
import { auditOption, listener } from "./trace.ts";
import { UsageError } from "./usage.ts";

const TEXT =
  "Relays connections of TCP and datagrams of UDP for pages, which reach it by createRelayNetwork, and for other clients of the protocol " +
  "Wisp. It looks names up and connects as the rules let it, which are those of wasock run: without any it reaches nothing. Only pages of " +
  "this machine may use it unless others are named; docs/browser.md tells more.";

const FOOT = `It goes on until it is ended by a signal.

examples
  wasock relay --allow-net=127.0.0.1:8080
  wasock relay --allow-net=example.com:443 --allow-origin https://app.example --audit relay.log
`;

const DEFAULT_PORT = 6001;

function placeOf(text = `127.0.0.1:${DEFAULT_PORT}`): { address: string; port: number } {
  const [, v6, v4, port = ""] = /^(?:(?:\[([\da-f:.]+)\]|([\d.]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) {
    throw new UsageError(
      `--listen ${printable(text)}: it is to look like 6001, 127.0.0.1:6001 or [::1]:6001`,
    );
  }
  return { address: v6 ?? v4 ?? "127.0.0.1", port: Number(port) };
}

/** Runs the command; its exit code. */
export async function relay(args: string[]): Promise<number> {
  // a value that may be left out is one only behind =
  const written = args.map((arg) => (/^--allow-(?:net|dns)$/.test(arg) ? `${arg}=*` : arg));
  const { values, positionals } = readOptions("wasock relay", RELAY, written);
  if (values.help) {
    console.log(helpOf("wasock relay [options]", TEXT, RELAY, FOOT));
    return 0;
  }
  if (positionals.length > 0)
    throw new UsageError("wasock relay takes no file: wasock relay --allow-net=RULES");
  const { policy } = permissionsOf(values);
  const heard = listener(values.trace ?? false);
  const module = pathToFileURL(packageFile("build/dist/relay.js")).href;
  const { serveRelay: serve } = (await import(module)) as { serveRelay: typeof serveRelay };
  const server = await serve({
    ...placeOf(values.listen),
    policy,
    origins: values["allow-origin"] ?? [],
    trace: heard.take,
    ...auditOption(values.audit),
  });
  tell("relay", `at ${server.url}`, { url: server.url });
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
  });
  server.close();
  heard.end();
  return 0;
}
