/** Address literals, as `net.isIP` tells them. */

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const GROUP = /^[\da-f]{1,4}$/i;
const ZONE = /%[\da-zA-Z.\-:]+$/;

function isIpv6(text: string): boolean {
  const halves = text.replace(ZONE, "").split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  // an IPv4 address may stand for the last two
  const last = halves.at(-1)?.split(":").at(-1) ?? "";
  const hasIpv4 = last.includes(".");
  if (hasIpv4) groups.pop();
  const count = groups.length + (hasIpv4 ? 2 : 0);
  if (halves.length > 2 || (halves.length === 2 ? count > 7 : count !== 8)) return false;
  return groups.every((group) => GROUP.test(group)) && (!hasIpv4 || IPV4.test(last));
}

/** 4, 6, or 0 for what is neither. */
export function isIP(text: string): 0 | 4 | 6 {
  return IPV4.test(text) ? 4 : isIpv6(text) ? 6 : 0;
}
