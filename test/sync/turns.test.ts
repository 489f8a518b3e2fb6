/**
 * Whose turn it is on a channel, in every order in which a guest's thread and its host can get on: the module as it is
 * built, with operations that a search decides (see `turns/`). And what the search is worth: it finds each fault that
 * is put in the module.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Change, loadChannel } from "./turns/channel.ts";
import { exploreChannel, type Plan } from "./turns/ends.ts";
import { Fault } from "./turns/memory.ts";

const PLANS: Readonly<Record<string, Plan>> = {
  "messages larger than the buffer": {
    guest: [2_000_000, 150_000_000, 200_000_000],
    reply: 900_000,
    answers: ["now", "later"],
  },
  "sleeps between calls, and one that the end of the host ends": {
    guest: ["sleep", 2, "sleep", 2, "sleep until the host goes"],
    answers: ["now"],
    isClosed: true,
    spurious: 1,
  },
  "a host that fails to answer": {
    guest: [2, 2],
    answers: ["now", "throw", "reject"],
    ticks: 1,
    spurious: 1,
  },
  "calls that are answered now or later": { guest: [2, 2], answers: ["now", "later"], ticks: 2, spurious: 1 },
  "calls that are answered at once": { guest: [2, 2, 2], answers: ["now"], ticks: 1, spurious: 1 },
  "a host that is closed while it answers": {
    guest: [2, 2, 2],
    answers: ["now", "close", "close, then reply"],
    spurious: 1,
  },
  "a host that is closed at any time": {
    guest: [2, 2],
    answers: ["now", "later"],
    isClosed: true,
    ticks: 1,
    spurious: 1,
  },
};

/** How often each end looks before it sleeps: not at all, as with one processor, or until it gives up. */
const SPINS = [0, 1, 2];

for (const [what, plan] of Object.entries(PLANS)) {
  test(`${what}: none is lost, and nobody sleeps for ever`, () => {
    for (const looks of SPINS) assert.ok(exploreChannel(loadChannel(looks), plan) > 100);
  });
}

const PASS =
  "if (Atomics.compareExchange(this.words, TURN, 1 - to, to) === 1 - to)\nAtomics.notify(this.words, TURN);";
const CLOSE = "Atomics.store(this.words, TURN, OVER);\nAtomics.notify(this.words, TURN);";
const SLEEP = "Atomics.wait(this.words, TURN, GUEST, milliseconds);\n";
const IF_OVER = "this.#isOver = Atomics.load(this.words, TURN) === OVER;\n";
const LATER = "void later.then(() => this.#serve(), (error) => this.#fail(error));\n";

const FOR_EVER = /the guest sleeps for ever/;
const DEAF = /the host listens no longer|the guest sleeps for ever/;
const WRONG = /a message of|came, and not/;
const ROUND = /it goes on for ever/;
const RACE = /while the other end has it/;

const FAULTS: readonly (readonly [what: string, found: RegExp, ...changes: Change[]])[] = [
  ["a turn is given silently", FOR_EVER, [PASS, "Atomics.compareExchange(this.words, TURN, 1 - to, to);"]],
  [
    "a turn is told of before it is given",
    FOR_EVER,
    [PASS, "Atomics.notify(this.words, TURN);\nAtomics.compareExchange(this.words, TURN, 1 - to, to);"],
  ],
  [
    "a turn is given whatever was before",
    /what is over goes on/,
    [PASS, "Atomics.store(this.words, TURN, to);\nAtomics.notify(this.words, TURN);"],
  ],
  [
    "the length is written after the turn was given",
    RACE,
    ["this.words[LENGTH] = end - START;\n", ""],
    [PASS, `${PASS}\nthis.words[LENGTH] = end - START;`],
  ],
  ["the end is silent", FOR_EVER, [CLOSE, "Atomics.store(this.words, TURN, OVER);"]],
  [
    "the end is told of before it is there",
    FOR_EVER,
    [CLOSE, "Atomics.notify(this.words, TURN);\nAtomics.store(this.words, TURN, OVER);"],
  ],
  [
    "the end wakes one sleeper alone",
    /the host listens after its end|the guest sleeps for ever/,
    [CLOSE, "Atomics.store(this.words, TURN, OVER);\nAtomics.notify(this.words, TURN, 1);"],
  ],
  [
    "the end comes in the guest's turn alone",
    /a call is answered after the end/,
    [CLOSE, "Atomics.compareExchange(this.words, TURN, GUEST, OVER);\nAtomics.notify(this.words, TURN);"],
  ],
  ["whoever wakes has the turn", WRONG, ["while (turn === HOST) {", "if (turn === HOST) {"]],
  [
    "the guest sleeps while the turn is its own",
    ROUND,
    ["Atomics.wait(words, TURN, HOST)", "Atomics.wait(words, TURN, GUEST)"],
  ],
  [
    "the turn isn't looked at again",
    ROUND,
    [
      "Atomics.wait(words, TURN, HOST);\nturn = Atomics.load(words, TURN);",
      "Atomics.wait(words, TURN, HOST);",
    ],
  ],
  ["the end passes for a reply", WRONG, ["this.#isOver = turn === OVER;", ""]],
  ["a request is written after the end", RACE, ["this.#check();\nreturn START;", "return START;"]],
  ["a sleep outlives the end", ROUND, [`${SLEEP}${IF_OVER}`, SLEEP]],
  ["a sleep is none", ROUND, [SLEEP, SLEEP.replace("GUEST", "HOST")]],
  [
    "the host waits for its own turn to end",
    DEAF,
    ["waitAsync(this.words, TURN, GUEST)", "waitAsync(this.words, TURN, HOST)"],
  ],
  ["a call that came before the host listened", FOR_EVER, ["setImmediate(() => this.#serve());", ";"]],
  ["the host sleeps on", DEAF, ["void wait.value.then(() => this.#serve());", ";"]],
  [
    "the host answers what wasn't asked",
    WRONG,
    ["while (Atomics.load(words, TURN) === HOST)", "while (Atomics.load(words, TURN) !== OVER)"],
  ],
  ["the host answers again what it answers later", WRONG, [`${LATER}return;`, LATER]],
  ["the host listens no longer after a late answer", DEAF, [LATER, LATER.replace("this.#serve()", "{}")]],
  ["the host listens no longer after some time", DEAF, ["break;", "return;"]],
  ["the host answers as long as there are calls", /the event loop has to wait/, ["break;", ";"]],
  ["the host listens no longer", DEAF, ["if (Atomics.load(words, TURN) !== OVER)\nthis.#listen();", ""]],
  [
    "the host listens after its end",
    ROUND,
    ["if (Atomics.load(words, TURN) !== OVER)\nthis.#listen();", "this.#listen();"],
  ],
  ["the host fails, and the guest isn't told", FOR_EVER, ["this.close();\nthrow error;", "throw error;"]],
  [
    "the host fails later, and the guest isn't told",
    FOR_EVER,
    [LATER, "void later.then(() => this.#serve());\n"],
  ],
  ["the buffer doesn't grow", /no room was made/, ["this.#buffer.grow(", "void ("]],
  [
    "the buffer grows beyond what it may",
    /the buffer can't have/,
    ["Math.min(MAXIMUM, Math.max(end, 2 * have))", "Math.max(end, 2 * have)"],
  ],
  ["the buffer grows by too little", /no room was made/, ["Math.max(end, 2 * have)", "2 * have"]],
  ["bytes come ahead against the guest's will", /other bytes are ahead/, ["value ? 1 : 0", "1"]],
  ["bytes never come ahead", /other bytes are ahead/, ["this.words[MAY_BRING] === 1", "false"]],
];

/** What the search finds in a module. */
function findFault(changes: readonly Change[]): string {
  for (const looks of [0, 1]) {
    for (const plan of Object.values(PLANS)) {
      try {
        exploreChannel(loadChannel(looks, changes), plan);
      } catch (error) {
        if (error instanceof Fault) return error.message;
        throw error;
      }
    }
  }
  return "nothing";
}

for (const [what, found, ...changes] of FAULTS) {
  test(`it would be found: ${what}`, () => {
    const [message] = findFault(changes).split("\n");
    assert.ok(found.test(message as string), message);
  });
}

test.run();
