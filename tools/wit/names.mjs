// What things of WIT are called in code.

/** @typedef {import("./model.mjs").Interface} Interface */
/** @typedef {import("./model.mjs").TypeDefinition} TypeDefinition */

/**
 * @param {string} name such as `start-bind`, `wasi:io/poll`
 * @returns {string} `startBind`, `wasiIoPoll`
 */
export function camelCase(name) {
  const [first = "", ...more] = name.split(/[^A-Za-z0-9]+/);
  return [first.toLowerCase(), ...more.map(capital)].join("");
}

/** The words of JavaScript that name nothing. */
const RESERVED = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

/**
 * @param {string} name such as `max-results`, `in`
 * @returns {string} `maxResults`, `in_`
 */
export function variableName(name) {
  const camel = camelCase(name);
  return RESERVED.has(camel) ? `${camel}_` : camel;
}

/**
 * @param {string} name such as `tcp-socket`
 * @returns {string} `TcpSocket`
 */
export function className(name) {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map(capital)
    .join("");
}

/** @param {string} word */
function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @param {Interface} of */
export function withoutVersion({ id }) {
  return id.replace(/@.*$/, "");
}

/**
 * Gives each type of some interfaces a name of its own: its WIT name, with that of its package or its interface before
 * it where others are called so too.
 *
 * @param {readonly Interface[]} interfaces
 * @param {ReadonlySet<string>} taken names that mean something else, in camel case
 * @returns {Map<TypeDefinition, string>} in the spelling of WIT: `network-error-code`
 */
export function uniqueNames(interfaces, taken) {
  const all = interfaces.flatMap((of) => [...of.types.values()].map((type) => ({ of, type })));
  /** @type {((each: { of: Interface, type: TypeDefinition }) => string)[]} */
  const ways = [
    ({ type }) => type.name,
    ({ of, type }) => `${of.package.name}-${type.name}`,
    ({ of, type }) => `${of.package.name}-${of.name}-${type.name}`,
  ];
  /** @param {string} name */
  const isTaken = (name) => taken.has(camelCase(name));
  return new Map(
    all.map((each) => {
      const free = ways.find((way) => {
        const name = way(each);
        return !isTaken(name) && all.filter((other) => way(other) === name).length === 1;
      });
      if (free === undefined) throw new Error(`${each.of.id}: ${each.type.name} can't be named`);
      return [each.type, free(each)];
    }),
  );
}
