// Service names → ports. A component has no /etc/services, so the table is part of the core.

import { SERVICES, SERVICES_COUNT } from "./services-table";

export const SERVICE_TCP: u32 = 1;
export const SERVICE_UDP: u32 = 2;

/**
 * The port of a service, by its name or an alias, for any of the `protocols` (SERVICE_TCP, SERVICE_UDP
 * or both); -1 when there is none. Names are compared exactly, as getservbyname(3) does.
 */
export function servicePort(name: usize, length: u32, protocols: u32): i32 {
  let at = SERVICES;
  for (let i = 0; i < SERVICES_COUNT; i++) {
    const head = <u32>load<u8>(at);
    const size = head & 63;
    if (size == length && (head >> 6) & protocols && memory.compare(at + 1, name, length) == 0) {
      return load<u16>(at + 1 + size);
    }
    at += size + 3;
  }
  return -1;
}
