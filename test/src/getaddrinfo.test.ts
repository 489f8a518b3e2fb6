/** getAddressInfo against the system's getaddrinfo(3), and the core's services against /etc/services. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Ai, getAddressInfo, IpProto, makeAddressInfo, SocketType } from "../../src/index.ts";
import { scenario } from "./support/scenario.ts";

type Question = [
  host: string | null,
  service: string | null,
  family: number,
  type: number,
  protocol: number,
  flags: number,
];
type Candidate = [
  family: number,
  type: number,
  protocol: number,
  address: string,
  port: number,
  scope: number,
  canonname: string,
];

const script = fileURLToPath(new URL("../../../test/src/support/getaddrinfo.py", import.meta.url));
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const compared = hasPython ? scenario : test.skip;

/** What the system answers; null where it fails. */
function ask(questions: Question[]): (Candidate[] | null)[] {
  const input = JSON.stringify(questions);
  const { status, stdout } = spawnSync("python3", [script], { input, maxBuffer: 1 << 28 });
  assert.is(status, 0);
  const answers = JSON.parse(String(stdout)) as (Candidate[] | string)[];
  return answers.map((answer) => (typeof answer === "string" ? null : answer));
}

/** What we answer. */
async function answer([host, service, ...hints]: Question): Promise<Candidate[] | null> {
  const info = await getAddressInfo(host, service, makeAddressInfo(...hints));
  if (info === null) return null;
  return [...info].map(({ family, socketType, protocol, address, canonname }) => {
    const bytes = Buffer.from(address?.bytes ?? []);
    const isInet = family === 2;
    return [
      family,
      socketType,
      protocol,
      bytes.toString("hex", isInet ? 4 : 8, isInet ? 8 : 24),
      address?.port ?? -1,
      isInet ? 0 : bytes.readUInt32LE(24),
      canonname ?? "",
    ];
  });
}

/** Literals and null: nothing that a resolver would have to be asked for. */
const hosts = [null, "127.0.0.1", "::1", "0.0.0.0", "::", "::ffff:1.2.3.4", "fe80::1%1", "2001:DB8::1"];
/** The forms of inet_aton(3). */
const numbers = ["127.1", "0x7f.1", "0177.0.0.1", "1.2.3", "2130706433", "0x7f000001", "0X7F.0.0.0x1"];
/** The greatest of each form, the next above it, and what just is no address. */
const edges = [
  ["1.2.3.255", "1.2.3.256", "1.2.3.0377", "1.2.3.0400", "1.2.3.0xff", "1.2.3.0x100", "255.1", "256.1"],
  ["1.2.65535", "1.2.65536", "1.255.1", "1.256.1", "1.2.255.1", "1.2.256.1", "0377.1", "0400.1", "0x100.1"],
  ["1.16777215", "1.16777216", "4294967295", "4294967296", "0xffffffff", "0x100000000", "0"],
  ["037777777777", "040000000000", "18446744073709551616", "18446744073709551617", "0x10000000000000001"],
  [
    "08",
    "1.2.3.08",
    "0x",
    "0x.1",
    "1.",
    "1.2.3.4.",
    "1.2.3.4.5",
    "0xg",
    "1e3",
    "1.2.3.4 ",
    "+1",
    "-1",
    "0b1",
    "1,2",
  ],
  ["1..2", ".1", "1.2.3", "00", "0X", "1.0x"],
  [
    ":::",
    "::",
    ":",
    ":1",
    "1:",
    "1::2::3",
    "12345::",
    "00001::",
    "::g",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
  ],
  [
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::",
    "::2:3:4:5:6:7:8",
    "1:2:3:4::5:6:7:8",
    "1:2:3:4:5:6:7:8::",
    "1:2:3::6:7:8",
  ],
  [
    "::1.2.3.4",
    "::1.2.3.255",
    "::1.2.3.256",
    "::1.2.3",
    "::01.2.3.4",
    "::1.2.3.4.5",
    "::1.2.3.4:5",
    "1.2.3.4::",
  ],
  ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5::1.2.3.4", "1::6:1.2.3.4"],
  ["::1%4294967295", "::1%4294967296", "::1%0", "::1%", "::1%1%1", "fe80::1%2"],
].flat();
const services = [null, "80", "0", "65535", "http", "domain", "tftp", "no-such-service", "080"];
const { passive, canonname, numericHost, numericServ, v4mapped, all } = Ai;
const flags = [0, passive, canonname, numericHost, numericServ, v4mapped, v4mapped | all];

compared(
  "literals, services, families, types, protocols and flags give what getaddrinfo(3) gives",
  async () => {
    const questions: Question[] = [];
    for (const host of [...hosts, ...numbers]) {
      for (const service of services) {
        if (host === null && service === null) continue;
        for (const family of [0, 2, 10, 1]) {
          for (const type of [0, 1, 2, 3]) {
            for (const protocol of [0, IpProto.tcp, IpProto.udp, IpProto.icmp, 47]) {
              for (const flag of flags) questions.push([host, service, family, type, protocol, flag]);
            }
          }
        }
      }
    }
    const theirs = ask(questions);
    const differing: string[] = [];
    for (const [index, question] of questions.entries()) {
      const ours = JSON.stringify(await answer(question));
      const wanted = JSON.stringify(theirs[index]);
      if (ours !== wanted) differing.push(`${JSON.stringify(question)}: ${ours}, not ${wanted}`);
    }
    assert.ok(questions.length > 20_000);
    assert.equal(differing.slice(0, 20), [], `${differing.length} of ${questions.length} differ`);
  },
  120,
);

compared("an address that is over the edge of its form is none, as for getaddrinfo(3)", async () => {
  const questions = edges.map((host): Question => [host, "80", 0, SocketType.stream, 0, numericHost]);
  const theirs = ask(questions);
  const wanted = Object.fromEntries(edges.map((host, index) => [host, theirs[index]?.[0]?.[3]]));
  const ours = await Promise.all(questions.map(answer));
  assert.equal(Object.fromEntries(edges.map((host, index) => [host, ours[index]?.[0]?.[3]])), wanted);
  const none = Object.values(wanted).filter((address) => address === undefined).length;
  assert.ok(none > 30 && none < edges.length - 20, `${none} of ${edges.length} are none`);
});

scenario("SCTP has no candidates, since there are no sockets for it", async () => {
  assert.is(await getAddressInfo("127.0.0.1", 80, makeAddressInfo(0, 0, 132, 0)), null);
});

scenario("a port above 65535 is no port, which glibc cuts to 16 bits", async () => {
  assert.is(await getAddressInfo("127.0.0.1", "65536"), null);
});

scenario(
  "a scope may be an interface's name on any IPv6 address, which glibc takes on link-local ones",
  async () => {
    if (!existsSync("/sys/class/net/lo")) return;
    const info = await getAddressInfo("::1%lo", 80);
    assert.is(info?.address?.name, "::1%1");
  },
);

const table = "/etc/services";
const tabled = existsSync(table) ? scenario : test.skip;

tabled("service names, aliases and protocols are those of /etc/services", async () => {
  let count = 0;
  const wanted = new Map<string, number>();
  for (const line of readFileSync(table, "utf8").split("\n")) {
    const [name = "", at = "", ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const [port, protocol] = at.split("/");
    if (protocol !== "tcp" && protocol !== "udp") continue;
    for (const each of [name, ...aliases]) {
      // the first entry of a name counts, as in getservbyname(3)
      const key = `${each}/${protocol}`;
      if (!wanted.has(key)) wanted.set(key, Number(port));
    }
  }
  for (const [key, port] of wanted) {
    const [name = "", protocol] = key.split("/");
    const type = protocol === "tcp" ? SocketType.stream : SocketType.datagram;
    const info = await getAddressInfo("127.0.0.1", name, makeAddressInfo(0, type, 0, 0));
    assert.is(info?.address?.port, port, key);
    const other = protocol === "tcp" ? "udp" : "tcp";
    if (!wanted.has(`${name}/${other}`)) {
      const otherType = protocol === "tcp" ? SocketType.datagram : SocketType.stream;
      assert.is(
        await getAddressInfo("127.0.0.1", name, makeAddressInfo(0, otherType, 0, 0)),
        null,
        `${name} is not a service of ${other}`,
      );
    }
    count++;
  }
  assert.ok(count > 300, `${count} names`);
});

test.run();
