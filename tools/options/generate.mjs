// What is made of the table of socket options: the core's code, the host's numbers and limits, the constants of the
// library on both sides, and the lines of the WIT and of the docs.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/files.mjs";
import { MARK } from "../lib/generated.mjs";
import { INT_MAX, LEVELS, OPTIONS } from "./table.mjs";

/** @typedef {import("./table.mjs").Option} Option */
/** @typedef {import("./table.mjs").Way} Way */

const HEAD = `${MARK} From tools/options/table.mjs.\n\n`;

/** The constants of each level: how they are called, and where their meaning is written. */
const GROUPS = /** @type {const} */ ([
  ["socket", "SocketOpt", "socket level", "socket(7)"],
  ["tcp", "TcpOpt", "TCP level", "tcp(7)"],
  ["ip", "IpOpt", "IPv4 level", "ip(7)"],
  ["ipv6", "Ipv6Opt", "IPv6 level", "ipv6(7)"],
]);

/** The host's options, in the order of the numbers that the core knows them by. */
const HOST = [...new Set(OPTIONS.flatMap(({ host }) => host ?? []))];

/** @param {"tcp" | "udp"} kind of socket */
function hostOptionsOf(kind) {
  return HOST.filter((name) => OPTIONS.some((option) => option.host === name && option[kind]));
}

/** @param {string} level */
function optionsOf(level) {
  return OPTIONS.filter((option) => option.level === level);
}

/** @param {string} name with hyphens */
function camel(name) {
  return name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

/** @param {string} name in camel case */
function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @param {string} name in camel case or with hyphens */
function constant(name) {
  return kebab(name).replaceAll("-", "_").toUpperCase();
}

/** @param {Option} option */
function caseOf({ level, name }) {
  return level === "socket" ? `SO_${constant(name)}` : `${constant(level)}_${constant(name)}`;
}

/**
 * The core's functions of WASI.
 *
 * @param {string} kind of socket
 * @param {Way} way
 * @returns {[get: string, set: string]}
 */
function bindings(kind, { wasi = "" }) {
  return [camel(`${kind}-${wasi}`), camel(`${kind}-set-${wasi}`)];
}

/** What the core makes of the result of WASI's getter, and of a value for its setter. */
const CONVERSIONS = /** @type {const} */ ({
  bool: ["small()", "value != 0 ? 1 : 0"],
  u8: ["small()", "value"],
  u32: ["medium()", "value"],
  bytes: ["large(1)", "value"],
  seconds: ["large(NANOSECONDS)", "<u64>value * NANOSECONDS"],
});

/**
 * What is to be looked at first, where an option is one of the host's.
 *
 * @param {Option} option
 * @param {boolean} isSet
 */
function guards({ host = "", range }, isSet) {
  const lines = [`if (!host.reaches(handle, ${constant(host)})) break;`];
  if (isSet && range !== undefined) {
    const [least, most] = range;
    const isTooMuch = most === INT_MAX ? "" : ` || value > ${most}`;
    lines.push(`if (value < ${least}${isTooMuch}) return -EINVAL;`);
  }
  return lines;
}

/**
 * @param {string} kind of socket
 * @param {Way} way
 * @param {boolean} isSet
 * @returns {string} the call of WASI's function
 */
function call(kind, way, isSet) {
  const [get, set] = bindings(kind, way);
  return isSet ? `${set}(handle, ${CONVERSIONS[way.type ?? "u32"][1]}, RET);` : `${get}(handle, RET);`;
}

/**
 * @param {Way} way
 * @param {boolean} isSet
 */
function result({ type = "u32" }, isSet) {
  return `return ${isSet ? "done()" : CONVERSIONS[type][0]};`;
}

/**
 * The core's statements that get or set an option of one kind of socket.
 *
 * @param {Option} option
 * @param {string} kind
 * @param {Way} way
 * @param {boolean} isSet
 */
function statements(option, kind, way, isSet) {
  if (way.fact !== undefined) return [`return ${isSet ? `sameOnly(value, ${way.fact})` : way.fact};`];
  if (way.get !== undefined) return [`return ${isSet ? way.set : way.get};`];
  const number = constant(option.host ?? "");
  if (way.beyond) {
    return [
      `return host.${isSet ? `set(handle, ${number}, value != 0 ? 1 : 0)` : `get(handle, ${number})`};`,
    ];
  }
  return [...guards(option, isSet), call(kind, way, isSet), result(way, isSet)];
}

/**
 * @param {Option} option
 * @param {boolean} isSet
 */
function coreCase(option, isSet) {
  const { family, any, tcp, udp } = option;
  if ((!any && !tcp && !udp) || (any?.get !== undefined && isSet && any.set === undefined)) return "";
  const lines = [`case ${caseOf(option)}:`];
  if (family !== undefined) lines.push(`if (socket.family != AF_${family.toUpperCase()}) break;`);
  if (any) {
    lines.push(...statements(option, "", any, isSet));
  } else if (tcp?.wasi && udp?.wasi) {
    lines.push("if (!handle) break;", ...guards(option, isSet));
    lines.push(`if (isTcp(socket)) ${call("tcp", tcp, isSet)}\nelse ${call("udp", udp, isSet)}`);
    lines.push(result(tcp, isSet));
  } else {
    if (tcp) lines.push("if (isTcp(socket)) {", ...statements(option, "tcp", tcp, isSet), "}");
    if (udp) lines.push("if (isUdp(socket)) {", ...statements(option, "udp", udp, isSet), "}");
    lines.push("break;");
  }
  return lines.join("\n");
}

/** @param {boolean} isSet */
function coreLevels(isSet) {
  return GROUPS.map(([level]) => {
    const cases = optionsOf(level).map((option) => coreCase(option, isSet));
    return `case ${LEVELS[level]}: // ${level}\nswitch (name) {\n${cases.filter(Boolean).join("\n")}\n}\nbreak;`;
  }).join("\n");
}

function core() {
  const used = OPTIONS.filter(({ any, tcp, udp }) => any ?? tcp ?? udp);
  const functions = used.flatMap(({ tcp, udp }) => [
    ...(tcp?.wasi === undefined ? [] : bindings("tcp", tcp)),
    ...(udp?.wasi === undefined ? [] : bindings("udp", udp)),
  ]);
  return `${HEAD}import { RET } from "../abi";
import { EBADF, EINVAL, ENOPROTOOPT } from "../error/errno";
import {
  done, host, isTcp, isUdp, large, medium, NANOSECONDS, sameOnly, setReceiveLowWater, setReceiveTimeout,
  setSendTimeout, small, timeoutOf,
} from "./options";
import { AF_INET, AF_INET6 } from "../address/sockaddr";
import { Socket } from "./socket";
import { ${[...new Set(functions)].sort().join(", ")} } from "../wasi/sockets";

${used.map((option) => `const ${caseOf(option)}: i32 = ${option.number};`).join("\n")}

// how the host calls them
${HOST.map((name, number) => `const ${constant(name)}: i32 = ${number};`).join("\n")}

/** The value of an option, or a negative errno. */
export function getOption(socket: Socket, level: i32, name: i32): i32 {
  if (socket.closed) return -EBADF;
  const handle = socket.handle;
  switch (level) {
    ${coreLevels(false)}
  }
  return -ENOPROTOOPT;
}

/** Sets an option: 0, or a negative errno. */
export function setOption(socket: Socket, level: i32, name: i32, value: i32): i32 {
  if (socket.closed) return -EBADF;
  const handle = socket.handle;
  switch (level) {
    ${coreLevels(true)}
  }
  return -ENOPROTOOPT;
}
`;
}

/** Of WASI 0.2 what a getter's result and a setter's value are, and how the result is stored. */
const STORED = /** @type {const} */ ({
  bool: ["i32", "storeSmall"],
  u8: ["i32", "storeSmall"],
  u32: ["u32", "storeMedium"],
  bytes: ["u64", "storeLarge"],
  seconds: ["u64", "storeLarge"],
});

/** The core's functions of WASI 0.2 over those of 0.3. */
function core03() {
  const all = /** @type {const} */ (["tcp", "udp"]).flatMap((kind) => {
    const ways = OPTIONS.flatMap((option) => option[kind] ?? []).filter(({ wasi }) => wasi !== undefined);
    const once = [...new Map(ways.map((way) => [way.wasi, way])).values()];
    return once.map((way) => {
      const [get, set] = bindings(kind, way);
      const [value, stored] = STORED[way.type ?? "u32"];
      return `export function ${get}(handle: i32, result: usize): void {
        wasi.${camel(`${kind}-get-${way.wasi}`)}(${kind}Handle(handle), AREA);
        ${stored}(result);
      }
      export function ${set}(handle: i32, value: ${value}, result: usize): void {
        wasi.${set}(${kind}Handle(handle), value, AREA);
        storeOutcome(result);
      }`;
    });
  });
  return `${HEAD}import * as wasi from "./imports/sockets";
import { AREA, storeLarge, storeMedium, storeOutcome, storeSmall } from "./results";
import { tcpHandle } from "./tcp";
import { udpHandle } from "./udp";

${all.join("\n")}
`;
}

/** @param {string} host an option of the host */
function nativeOf(host) {
  const rows = OPTIONS.filter((option) => option.host === host && option.native !== undefined);
  const [first] = rows;
  if (first?.native === undefined) return undefined;
  const { initial, most, fromFirstPacket = false } = first.native;
  /** @param {(option: Option) => readonly number[] | undefined} pair */
  const byFamily = (pair) => {
    const ipv4 = rows.find(({ family }) => family !== "inet6") ?? first;
    const ipv6 = rows.find(({ family }) => family !== "inet") ?? first;
    return `{ ipv4: [${pair(ipv4)}], ipv6: [${pair(ipv6)}] }`;
  };
  return `"${host}": {
    initial: ${initial}, most: ${most}, fromFirstPacket: ${fromFirstPacket}, numbers: {
      linux: ${byFamily(({ level, number }) => [LEVELS[level], number])},
      darwin: ${byFamily(({ native }) => native?.darwin)},
      freebsd: ${byFamily(({ native }) => native?.freebsd)},
    },
  }`;
}

function hostTable() {
  return `${HEAD}/** The options that the host has, by the numbers that the core of the Node library knows them by. */
export const HOST_OPTIONS = ${JSON.stringify(HOST)} as const;
export type HostOption = (typeof HOST_OPTIONS)[number];

/** Those that each kind of socket has. */
export const OF_KIND: Readonly<Record<"tcp" | "udp", ReadonlySet<HostOption>>> = {
  tcp: new Set(${JSON.stringify(hostOptionsOf("tcp"))}),
  udp: new Set(${JSON.stringify(hostOptionsOf("udp"))}),
};

/** Level and name of an option, as numbers of the platform's C headers. */
type OptionNumbers = readonly [level: number, name: number];

/** What is known of an option that Node may have no call for. */
interface RawOptionRow {
  /** What a socket starts with, in the kernel's unit; unknown where it is the system's to say. */
  readonly initial: number | undefined;
  /** The most that Linux takes. */
  readonly most: number;
  /** Whether it counts from a connection's first packet: the window is agreed on then. */
  readonly fromFirstPacket: boolean;
  /** What setsockopt(2) and getsockopt(2) are called with. */
  readonly numbers: Readonly<Record<"linux" | "darwin" | "freebsd", Readonly<Record<"ipv4" | "ipv6", OptionNumbers>>>>;
}

/** The options that Node has no call for, or none that works at any time. */
export type RawOption = ${HOST.filter(nativeOf)
    .map((host) => `"${host}"`)
    .join(" | ")};

export const RAW_OPTIONS: Readonly<Record<RawOption, RawOptionRow>> = {
  ${HOST.flatMap((host) => nativeOf(host) ?? []).join(",\n")}
};
`;
}

/** As which type of TypeScript a face has an option, by WASI's type, and what it makes of the host's number and for it. */
const FACED = /** @type {const} */ ({
  bool: ["boolean", (/** @type {string} */ of) => `${of} !== 0`, "Number(value)"],
  u8: ["number", (/** @type {string} */ of) => of, "value"],
  u32: ["number", (/** @type {string} */ of) => of, "value"],
  bytes: ["bigint", (/** @type {string} */ of) => `BigInt(${of})`, "value"],
  seconds: ["bigint", (/** @type {string} */ of) => `toNanoseconds(${of})`, "toSeconds(value)"],
});

/**
 * The methods by which a version of WASI has the options of a kind of socket.
 *
 * @param {"tcp" | "udp"} kind
 * @param {boolean} saysGet whether its getters' names begin with `get`
 */
function faceMethods(kind, saysGet) {
  /** @type {Map<string, string>} */
  const methods = new Map();
  for (const option of OPTIONS) {
    const { wasi, type = "u32" } = option[kind] ?? {};
    if (wasi === undefined || methods.has(wasi)) continue;
    const [shape, given, taken] = FACED[type];
    const host = JSON.stringify(option.host);
    const unit = type === "seconds" ? ", in nanoseconds" : type === "bytes" ? ", in bytes" : "";
    const text = `${option.what}${unit}`.replace(/^./, (letter) => letter.toUpperCase());
    methods.set(
      wasi,
      `/** ${text}. */
      ${camel(saysGet ? `get-${wasi}` : wasi)}(): ${shape} { return ${given(`this.reachOptions().get(${host})`)}; }
      /** Sets it${option.range === undefined ? "" : ", cut to what the kernel takes. Throws `invalid-argument` for 0"}. */
      ${camel(`set-${wasi}`)}(value: ${shape}): void {
        const options = this.reachOptions();
        asNamed(() => options.set(${host}, ${taken}));
      }`,
    );
  }
  return [...methods.values()].join("\n");
}

/**
 * @param {string} version of WASI
 * @param {string} names the module with its names of errors
 * @param {boolean} saysGet as of {@link faceMethods}
 */
function faceTable(version, names, saysGet) {
  const classes = /** @type {const} */ (["tcp", "udp"]).map((kind) => {
    const name = camel(`-${kind}`);
    return `/** The socket options of \`${kind}-socket\`. */
    export abstract class ${name}OptionsFace {
      /** The options, where the state of the socket lets them be reached; else it throws \`invalid-state\`. */
      protected abstract reachOptions(): ${name}Options;
      ${faceMethods(kind, saysGet)}
    }`;
  });
  return `${HEAD}/** The socket options that WASI ${version} has, as methods of its sockets. */
import { type TcpOptions, toNanoseconds, toSeconds, type UdpOptions } from "../sockets/options.ts";
import { asNamed } from "${names}";

${classes.join("\n\n")}
`;
}

function libraryConstants() {
  const groups = GROUPS.map(([level, group, title, page]) => {
    const rows = optionsOf(level).map(
      ({ name, number, what, unit }) =>
        `/** ${what}${unit === undefined ? "" : `, in ${unit}`} */\n${name}: ${number},`,
    );
    return `/** Options of the ${title}, as in \`${page}\`. */
export const ${group} = {
${rows.join("\n")}
} as const;
export type ${group} = (typeof ${group})[keyof typeof ${group}];
`;
  });
  return HEAD + groups.join("\n");
}

function assemblyConstants() {
  const groups = GROUPS.map(([level, group, title, page]) => {
    const rows = optionsOf(level).map(({ name, number, what, unit }) => {
      return `/** ${what}${unit === undefined ? "" : `, in ${unit}`} */\n${name} = ${number},`;
    });
    return `/** Options of the ${title}, as in ${page}. */\nexport enum ${group} {\n${rows.join("\n")}\n}\n`;
  });
  return HEAD + groups.join("\n");
}

/** @param {string} text to be broken into lines of a comment in WIT, behind commas */
function witComment(text) {
  const lines = [""];
  for (const word of text.split(/(?<=,) /)) {
    const last = lines.length - 1;
    if (`${lines[last]} ${word}`.length > 100) lines.push(word);
    else lines[last] = `${lines[last]} ${word}`.trim();
  }
  return lines.map((line) => `  /// ${line}\n`).join("");
}

/** @param {string} text of the WIT */
function wit(text) {
  let result = text;
  for (const [level, group, title] of GROUPS) {
    const names = optionsOf(level).map(({ name, number, unit }) => {
      const inUnit = unit === undefined || unit === "bytes" ? "" : ` (${unit})`;
      return `${number} ${kebab(name)}${inUnit}`;
    });
    const type = `  type ${kebab(group).slice(1)} = s32;\n`;
    const comment = witComment(`An option of the ${title}: ${names.join(", ")}.`);
    result = result.replace(new RegExp(`(?: {2}///.*\\n)+${type}`), () => comment + type);
  }
  return result;
}

const DOCS_TITLE = "## The options\n";

/** The section of docs/options.md that tells which there are. */
export function optionsSection() {
  const rows = OPTIONS.map(({ level, name, number, what, unit, range, any, tcp, udp }) => {
    const most = range?.[1] === INT_MAX ? "" : range?.[1];
    const values = range === undefined ? "" : `${range[0]} … ${most}`.trim();
    const kinds = any ? "all" : [tcp && "TCP", udp && "UDP"].filter(Boolean).join(", ") || "none";
    return `| ${level} | ${name} | ${LEVELS[level]}/${number} | ${kinds} | ${unit ?? ""} | ${values} | ${what} |`;
  });
  return [
    DOCS_TITLE,
    "Each is a row of `tools/options/table.mjs`, of which the rest is made; `docs/extending.md` tells how to",
    "add one. Values below the range are EINVAL, and above 255 hops too; what is off or on is 0 or 1.",
    "",
    "| level | option | numbers | sockets | unit | range | what it is |",
    "|---|---|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** @param {string} text of docs/options.md */
function docs(text) {
  const at = text.indexOf(DOCS_TITLE);
  return text.slice(0, at < 0 ? undefined : at) + optionsSection();
}

/** @param {string} path from the repository */
function read(path) {
  return readFileSync(join(root, path), "utf8");
}

/**
 * Makes all of it.
 *
 * @returns {Map<string, string>} text by path from the repository
 */
export function generateOptions() {
  return new Map([
    ["assembly/socket/options-table.ts", core()],
    ["assembly/wasi03/socket-options.ts", core03()],
    ["assembly/faces/library/options-table.ts", assemblyConstants()],
    ["host/sockets/option-table.ts", hostTable()],
    ["host/wasi02/socket-options.ts", faceTable("0.2", "./network-errors.ts", false)],
    ["host/wasi03/socket-options.ts", faceTable("0.3", "./socket-errors.ts", true)],
    ["src/options-table.ts", libraryConstants()],
    ...["wit/net.wit", "wit/wasi03/net.wit"].map((path) => /** @type {const} */ ([path, wit(read(path))])),
    ["docs/options.md", docs(read("docs/options.md"))],
  ]);
}
