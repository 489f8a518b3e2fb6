/** What a guest and a host do with a channel, and what may come of it. */
import { type Channel, HostGone, promised } from "./channel.ts";
import { explore, type State } from "./explore.ts";
import { Fault, GUEST, HOST, type Memory, valueAt } from "./memory.ts";
import { Failure, type Run } from "./replay.ts";

/** How a host may answer a call. */
export type Answer = "now" | "later" | "close" | "close, then reply" | "throw" | "reject";

/** What both do. */
export interface Plan {
  /** What the guest does, one after the other: a call with a request of so many bytes, or a sleep. */
  readonly guest: readonly (number | "sleep" | "sleep until the host goes")[];
  /** The ways of the host to answer: each call in each way. */
  readonly answers: readonly Answer[];
  /** How many bytes a reply has. */
  readonly reply?: number;
  /** Whether the host is closed, at any time. */
  readonly isClosed?: boolean;
  readonly spurious?: number;
  readonly ticks?: number;
}

/** Where the turn is, and what it is when the host has gone. */
const TURN = 0;
const OVER = 2;

/**
 * Explores the orders of a plan.
 *
 * @returns how many states there are
 * @throws Fault when one of them breaks what the channel promises
 */
export function exploreChannel(channel: Channel, plan: Plan): number {
  return explore({
    guest: (run) => run.go(() => guest(channel, run, plan)),
    host: (run) => run.go(() => host(channel, run, plan)),
    spurious: plan.spurious ?? 0,
    ticks: plan.ticks ?? 0,
    checkStep,
    checkEnd,
  });
}

function check(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Fault(otherwise);
}

interface End {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  reserve(end: number): void;
}

/** Writes a message whose first and last bytes are a number. */
function write(end: End, start: number, value: number, size: number): number {
  const to = start + size;
  end.reserve(to);
  check(end.bytes.length >= to, "no room was made");
  end.bytes.set([value], start);
  end.bytes.set([value], to - 1);
  return to;
}

function read(end: End, value: number, size: number): void {
  const to = end.end;
  check(to === end.start + size, `a message of ${to - end.start} bytes, and not of ${size}`);
  for (const at of [end.start, to - 1])
    check(end.bytes.at(at) === value, `${end.bytes.at(at)} came, and not ${value}`);
}

const replyTo = (request: number): number => 100 + request;
const aheadOf = (request: number): number => 200 + request;

function guest(channel: Channel, run: Run, plan: Plan): void {
  channel.run = run;
  const end = new channel.GuestEnd(channel.makeChannelBuffer());
  let calls = 0;
  let brought = 0;
  const call = (size: number): void => {
    const request = ++calls;
    const start = end.begin();
    // every other call lets bytes come ahead; the others leave those that did where they are
    end.mayBring = request % 2 === 1;
    if (request % 2 === 1) brought = aheadOf(request);
    end.call(write(end, start, request, size));
    read(end, replyTo(request), plan.reply ?? 2);
    check(end.ahead.at(0) === brought, "other bytes are ahead");
  };
  try {
    for (const [i, what] of plan.guest.entries()) {
      run.perform({ kind: "mark", mark: `${i}` });
      if (what === "sleep") end.sleep(5);
      else if (what !== "sleep until the host goes") call(what);
      else for (;;) end.sleep(Number.POSITIVE_INFINITY);
    }
  } catch (error) {
    if (!(error instanceof HostGone)) throw error;
    run.perform({ kind: "mark", mark: `gone ${calls}` });
    check(run.perform({ kind: "load", at: TURN }) === OVER, "the guest is told that the host has gone");
    gone(() => end.sleep(5));
    gone(() => call(2));
  }
}

function gone(attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    if (error instanceof HostGone) return;
    throw error;
  }
  throw new Fault("the host has gone, and then hasn't");
}

function host(channel: Channel, run: Run, plan: Plan): void {
  channel.run = run;
  let calls = 0;
  let isClosed = false;
  let last = { turn: -1, now: 0 };
  const close = (): void => {
    isClosed = true;
    end.close();
  };
  const end = new channel.HostEnd(channel.makeChannelBuffer(), () => {
    check(!isClosed, "a call is answered after the end");
    const { turn, milliseconds: now } = run;
    check(turn !== last.turn || now === last.now, "the event loop has to wait");
    last = { turn, now };
    const request = ++calls;
    read(end, request, plan.guest.filter((what) => typeof what === "number")[request - 1] ?? 2);
    const reply = (): void => {
      if (end.mayBring) end.ahead.set([aheadOf(request)]);
      end.reply(write(end, end.start, replyTo(request), plan.reply ?? 2));
    };
    const fail = (): never => {
      isClosed = true;
      throw new Failure("the host fails");
    };
    const how = plan.answers[run.perform({ kind: "choose", among: plan.answers.length })];
    if (how === "later") return promised((settle) => run.task("answer", settle), reply);
    if (how === "reject") return promised((settle) => run.task("answer", settle), fail);
    if (how === "throw") fail();
    if (how === "close" || how === "close, then reply") close();
    if (how !== "close") reply();
    return undefined;
  });
  if (plan.isClosed) run.task("close", close);
  run.loop(() => `${calls} ${isClosed}`);
}

function checkStep(before: Memory, after: Memory): void {
  check(valueAt(before, TURN) !== OVER || valueAt(after, TURN) === OVER, "what is over goes on");
}

function checkEnd({ memory, points }: State): void {
  check(points[GUEST].operation.kind === "done", "the guest sleeps for ever");
  const { operation } = points[HOST];
  const tasks = operation.kind === "loop" ? operation.tasks.length : 0;
  const isOver = valueAt(memory, TURN) === OVER;
  check(tasks === (isOver ? 0 : 1), isOver ? "the host listens after its end" : "the host listens no longer");
}
