/**
 * `addrconfig` in network namespaces of the test's own, with addresses of no family, of one and of both:
 * the answers are those of this machine's own getaddrinfo(3). The file runs itself inside each.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AddressFamily, Ai, getAddressInfo, makeAddressInfo, SocketType } from "../../src/index.ts";

/** What is done in a new namespace before anybody asks. */
// A pair, since an interface without another end is down, and its addresses don't count. Link-local addresses are
// switched off: glibc counts them, and we don't.
const CABLE = [
  "link set lo up",
  "link add one type veth peer name two",
  "link set one addrgenmode none",
  "link set two addrgenmode none",
  "link set one up",
  "link set two up",
];
const IPV4 = ["addr add 10.1.1.1/24 dev one", "route add default via 10.1.1.2"];
const IPV6 = ["addr add fd00:1::1/64 dev one nodad", "-6 route add default dev one"];
const SETUPS: Readonly<Record<string, readonly string[]>> = {
  "no address but the loopback's": ["link set lo up"],
  "an IPv4 address": [...CABLE, ...IPV4],
  "an IPv6 address": [...CABLE, ...IPV6],
  "addresses of both": [...CABLE, ...IPV4, ...IPV6],
};

const { unspecified, inet, inet6 } = AddressFamily;
const QUESTIONS = [null, "127.0.0.1", "::1"].flatMap((host) =>
  [unspecified, inet, inet6].map((family) => [host, family] as const),
);

// Python's is the system's own.
const ASK = `
import json, socket, sys
answers = []
for host, family in json.loads(sys.argv[1]):
    try:
        found = socket.getaddrinfo(host, 80, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        answers.append([entry[4][0] for entry in found])
    except socket.gaierror:
        answers.append(None)
print(json.dumps(answers))
`;

async function answers(): Promise<(string[] | null)[]> {
  const all: (string[] | null)[] = [];
  for (const [host, family] of QUESTIONS) {
    const hints = makeAddressInfo(family, SocketType.stream, 0, Ai.addrconfig);
    const found = await getAddressInfo(host, 80, hints);
    all.push(found && [...found].map((info) => info.address?.name ?? ""));
  }
  return all;
}

const setup = process.env["WASOCK_TEST_ADDRESSES"];
if (setup !== undefined) {
  for (const line of SETUPS[setup] ?? []) execFileSync("ip", line.split(" "));
  const system = execFileSync("python3", ["-c", ASK, JSON.stringify(QUESTIONS)], { encoding: "utf8" });
  console.log(JSON.stringify({ ours: await answers(), system: JSON.parse(system) }));
} else {
  const can =
    spawnSync("unshare", ["-rn", "ip", "link", "add", "one", "type", "veth", "peer", "name", "two"])
      .status === 0 && spawnSync("python3", ["-c", ""]).status === 0;
  if (!can) console.log("skipped: this takes a network namespace with veth interfaces, and python3");
  const guarded = can ? test : test.skip;
  for (const name of Object.keys(SETUPS)) {
    guarded(`with ${name}, addrconfig leaves what the system's getaddrinfo leaves`, () => {
      const inside = spawnSync("unshare", ["-rn", process.execPath, fileURLToPath(import.meta.url)], {
        env: { ...process.env, WASOCK_TEST_ADDRESSES: name },
        encoding: "utf8",
        timeout: 20_000,
      });
      assert.is(inside.status, 0, inside.stderr);
      const { ours, system } = JSON.parse(inside.stdout) as Record<"ours" | "system", unknown[]>;
      QUESTIONS.forEach(([host, family], i) => {
        assert.equal(ours[i], system[i], `host ${host}, family ${family}`);
      });
    });
  }
  test.run();
}
