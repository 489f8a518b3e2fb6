// Writes assembly/address/services-table.ts from an /etc/services in the format of services(5): the names, ports
// and aliases for TCP and UDP, as IANA assigned them and Debian's netbase lists them.
//
//   node tools/generate-services.mjs [/etc/services] > assembly/address/services-table.ts
import "./lib/help.mjs";
import { readFileSync } from "node:fs";

/** @type {Map<string, { name: string, port: number, protocols: number }>} */
const entries = new Map();
for (const line of readFileSync(process.argv[2] ?? "/etc/services", "utf8").split("\n")) {
  const [name, target, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
  const [port, protocol] = target?.split("/") ?? [];
  const bit = { tcp: 1, udp: 2 }[protocol ?? ""];
  if (!name || !port || !bit) continue;
  for (const each of [name, ...aliases]) {
    const key = `${each} ${port}`;
    const entry = entries.get(key) ?? { name: each, port: Number(port), protocols: 0 };
    entry.protocols |= bit;
    entries.set(key, entry);
  }
}

const lines = [];
for (const { name, port, protocols } of entries.values()) {
  if (name.length > 63) throw new Error(`the name ${name} is too long for the table`);
  const bytes = [(protocols << 6) | name.length, ...Buffer.from(name), port & 255, port >> 8];
  lines.push(`  ${bytes.join(",")}, // ${name} ${port}/${["", "tcp", "udp", "tcp+udp"][protocols]}`);
}

process.stdout.write(`// Made by tools/generate-services.mjs; do not edit.
// An entry: protocols (bit 6 TCP, bit 7 UDP) and length of the name in one byte · name · port u16 little endian.

export const SERVICES_COUNT: i32 = ${lines.length};
export const SERVICES: usize = memory.data<u8>([
${lines.join("\n")}
]);
`);
