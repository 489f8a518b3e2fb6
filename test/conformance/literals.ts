/** Address literals as programs write them, and the addresses that they are. */
export const LITERALS: readonly (readonly [written: string, address: string])[] = [
  ["0.0.0.0", "0.0.0.0"],
  ["127.0.0.1", "127.0.0.1"],
  ["192.0.2.0", "192.0.2.0"],
  ["::", "::"],
  ["::1", "::1"],
  ["[::]", "::"],
  ["2001:0db8:0:0:0:0:0:0", "2001:db8::"],
  ["dead:beef::", "dead:beef::"],
  ["dead:beef::0", "dead:beef::"],
  ["DEAD:BEEF::0", "dead:beef::"],
];
