/** Every order in which two ends can get on, by a search through the states they can come to. */
import {
  awaken,
  Fault,
  GUEST,
  HOST,
  type Memory,
  type MemoryOperation,
  perform,
  type Side,
  sleep,
  waiterOf,
  zeroes,
} from "./memory.ts";
import { End, type Operation, type Point, type Run } from "./replay.ts";

/** What is explored. */
export interface Exploration {
  /** The ends. */
  guest(run: Run): void;
  host(run: Run): void;
  /** How many sleeps may end without a reason, in one order. */
  readonly spurious: number;
  /** How often the clock may move, in one order. */
  readonly ticks: number;
  /** Throws a {@link Fault} where an operation may not have changed the memory so. */
  checkStep(before: Memory, after: Memory): void;
  /** Throws a {@link Fault} where this may not be how it ends. */
  checkEnd(state: State): void;
}

/** Where both ends are. */
export interface State {
  readonly memory: Memory;
  readonly points: readonly [guest: Point, host: Point];
  readonly spurious: number;
  readonly ticks: number;
}

/** How many operations an end may have behind it: with more, it goes round in circles. */
const MOST_OPERATIONS = 400;

/**
 * Explores.
 *
 * @returns how many states there are
 * @throws Fault with the order that leads to it
 */
export function explore(exploration: Exploration): number {
  // whether a state is on the path that is being followed
  const seen = new Map<string, boolean>();
  const path: What[] = [];

  function visit(state: State): void {
    const key = keyOf(state);
    const isOnPath = seen.get(key);
    if (isOnPath || state.points.some(({ depth }) => depth > MOST_OPERATIONS))
      throw new Fault("it goes on for ever");
    if (isOnPath !== undefined) return;
    seen.set(key, true);
    const next = steps(state);
    for (const [what, go] of next) {
      path.push(what);
      const reached = go();
      exploration.checkStep(state.memory, reached.memory);
      visit(reached);
      path.pop();
    }
    if (next.length === 0) exploration.checkEnd(state);
    seen.set(key, false);
  }

  const { spurious, ticks } = exploration;
  try {
    const points = [(run: Run) => exploration.guest(run), (run: Run) => exploration.host(run)].map((start) =>
      new End(start).at([]),
    ) as [Point, Point];
    visit(alone(alone({ memory: zeroes, points, spurious, ticks }, GUEST), HOST));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(`${error.message}, after:\n${path.slice(-60).map(tell).join("\n")}`);
  }
  return seen.size;
}

function keyOf({ memory, points, spurious, ticks }: State): string {
  const { words, waiters, clocks, released, touches } = memory;
  const parts = [
    [...words],
    waiters,
    clocks,
    released,
    touches,
    points[GUEST].id,
    points[HOST].id,
    spurious,
    ticks,
  ];
  return JSON.stringify(parts);
}

type What = readonly [side: Side, operation: Operation, how: string];
type Step = readonly [what: What, go: () => State];

function tell([side, operation, how]: What): string {
  const what =
    operation.kind === "loop"
      ? `loop with ${operation.tasks.map(({ what }) => what)}`
      : JSON.stringify(operation);
  return `${side === GUEST ? "guest" : "host"}: ${what} ${how}`;
}

/** What may happen next. What isn't decided at one end concerns no other, and comes first. */
function steps(state: State): Step[] {
  for (const side of [GUEST, HOST] as const) {
    const { kind } = state.points[side].operation;
    if (kind === "choose" || kind === "clock") return stepsOf(state, side);
  }
  return [...stepsOf(state, GUEST), ...stepsOf(state, HOST)];
}

/** An end gets on by itself, as far as nothing is decided and the other end can't know. */
function alone(state: State, side: Side): State {
  const { operation } = state.points[side];
  switch (operation.kind) {
    case "mark":
      return advance(state, side, 0, {});
    case "read":
    case "write": {
      const [value, memory] = perform(state.memory, side, operation);
      return advance(state, side, value, { memory });
    }
    default:
      return state;
  }
}

function stepsOf(state: State, side: Side): Step[] {
  const { memory, spurious, ticks } = state;
  const { operation } = state.points[side];
  const step = (value: number, change: Partial<State> = {}, how = ""): Step => [
    [side, operation, how || `gives ${value}`],
    () => advance(state, side, value, change),
  ];
  switch (operation.kind) {
    case "choose":
      return Array.from({ length: operation.among }, (_, i) => step(i));
    case "clock":
      return ticks > 0 ? [step(0), step(1, { ticks: ticks - 1 })] : [step(0)];
    case "wait":
      return waitSteps(state, side, operation, step);
    case "waitAsync": {
      const asleep = sleep(memory, side, operation.id, operation.at, operation.value);
      return [asleep === undefined ? step(1) : step(0, { memory: asleep })];
    }
    case "loop":
      return operation.tasks.flatMap(({ wait }, i) => {
        if (wait === undefined) return [step(i)];
        const awake = { memory: awaken(memory, side, wait) };
        if (waiterOf(memory, side, wait)?.isNotified) return [step(i, awake)];
        return spurious > 0 ? [step(i, { ...awake, spurious: spurious - 1 }, "for no reason")] : [];
      });
    case "mark":
    case "done":
      return [];
    default:
      return [memoryStep(state, side, operation)];
  }
}

type MakeStep = (value: number, change?: Partial<State>, how?: string) => Step;

function waitSteps(
  state: State,
  side: Side,
  { id, at, value, milliseconds }: Operation & { kind: "wait" },
  step: MakeStep,
): Step[] {
  const { memory, spurious } = state;
  const waiter = waiterOf(memory, side, id);
  if (waiter === undefined) {
    const asleep = sleep(memory, side, id, at, value);
    if (asleep === undefined) return [step(1)];
    if (milliseconds <= 0) return [step(2)];
    return [[[side, state.points[side].operation, "falls asleep"], () => ({ ...state, memory: asleep })]];
  }
  const awake = { memory: awaken(memory, side, id) };
  if (waiter.isNotified) return [step(0, awake)];
  return [
    ...(milliseconds < Number.POSITIVE_INFINITY ? [step(2, awake)] : []),
    ...(spurious > 0 ? [step(0, { ...awake, spurious: spurious - 1 }, "for no reason")] : []),
  ];
}

function memoryStep(state: State, side: Side, operation: MemoryOperation): Step {
  return [
    [side, operation, ""],
    () => {
      const [value, memory] = perform(state.memory, side, operation);
      return advance(state, side, value, { memory });
    },
  ];
}

function advance(state: State, side: Side, value: number, change: Partial<State>): State {
  const point = state.points[side].after(value);
  const points =
    side === GUEST ? ([point, state.points[HOST]] as const) : ([state.points[GUEST], point] as const);
  return alone({ ...state, ...change, points }, side);
}
