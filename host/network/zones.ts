/**
 * Network interfaces by name and by number: the zones of addresses (RFC 4007). Interfaces come, go and change their
 * names, so that the system is asked anew each time.
 */
import { readFileSync } from "node:fs";
import * as os from "node:os";

/** What can stand behind the `%` of an address: the kernel takes no `/`, `:` or space in an interface's name. */
const ZONE = /^[^\s/:%[\]]{1,64}$/;

/** Whether a text can be the zone of an address; whether there is such an interface is another question. */
export function isZone(text: string): boolean {
  return ZONE.test(text);
}

/**
 * The number of a zone.
 *
 * @param zone an interface's name, or its number: where an interface is called by digits, the name counts, as in
 *   `if_nametoindex(3)`
 * @returns `undefined` where no interface has the name
 */
export function zoneNumber(zone: string): number | undefined {
  for (const [name, number] of interfaces()) if (name === zone) return number;
  return /^\d{1,10}$/.test(zone) && Number(zone) <= 0xffff_ffff ? Number(zone) : undefined;
}

/**
 * The name of the interface that has a number.
 *
 * @returns `undefined` where no interface has it
 */
export function zoneName(scopeId: number): string | undefined {
  for (const [name, number] of interfaces()) if (number === scopeId) return name;
  return undefined;
}

function interfaces(): [name: string, number: number][] {
  try {
    // Linux has each interface with IPv6 here, also one that is down or has no address yet: the groups that it is in,
    // a line each, which begins with its number and its name.
    const lines = readFileSync("/proc/net/igmp6", "latin1").split("\n");
    return lines.map((line) => {
      const [number, name = ""] = line.trim().split(/\s+/, 2);
      return [name, Number(number)];
    });
  } catch {
    // Another system: only a link-local address tells the number of its interface.
    return Object.entries(os.networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses.flatMap((address): [string, number][] =>
        address.family === "IPv6" && address.scopeid !== 0 ? [[name, address.scopeid]] : [],
      ),
    );
  }
}
