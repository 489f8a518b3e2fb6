/** Where the command keeps what is the user's own. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { variable } from "../../host/runtime/kind.ts";

/** The folder for settings: in `$XDG_CONFIG_HOME`, or `~/.config`. */
export function settingsFolder(): string {
  const given = variable("XDG_CONFIG_HOME") ?? "";
  // a relative one is to be ignored, says the specification: it would lie wherever the command is run
  return join(isAbsolute(given) ? given : join(homedir(), ".config"), "wasock");
}
