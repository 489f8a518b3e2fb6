/**
 * Arguments, environment, clocks, chance and the end: what needs no descriptor.
 */
import { nanoseconds } from "../io/datetime.ts";
import { ExitError } from "../io/exit.ts";
import { ClockId, Errno } from "./abi.ts";
import type { Process } from "./process.ts";
import type { Calls } from "./signatures.ts";

/** Random bytes are asked for in pieces. */
const MOST_RANDOM = 1 << 20;

export function environmentCalls(process: Process): Calls {
  const { memory, faces } = process;
  const monotonic = faces["wasi:clocks/monotonic-clock"];
  const wall = faces["wasi:clocks/wall-clock"];
  const began = monotonic.now();

  const args = (): Buffer[] =>
    faces["wasi:cli/environment"].getArguments().map((text) => Buffer.from(`${text}\0`));
  const variables = (): Buffer[] =>
    faces["wasi:cli/environment"].getEnvironment().map(([name, value]) => Buffer.from(`${name}=${value}\0`));

  const sizes = (texts: readonly Buffer[], countAt: number, sizeAt: number): undefined => {
    memory.check(sizeAt, 4);
    memory.setU32(countAt, texts.length);
    memory.setU32(
      sizeAt,
      texts.reduce((sum, { length }) => sum + length, 0),
    );
  };
  const write = (texts: readonly Buffer[], pointersAt: number, bytesAt: number): undefined => {
    memory.check(pointersAt, 4 * texts.length);
    memory.check(
      bytesAt,
      texts.reduce((sum, { length }) => sum + length, 0),
    );
    let at = bytesAt;
    texts.forEach((text, i) => {
      memory.setU32(pointersAt + 4 * i, at);
      memory.slice(at, text.length).set(text);
      at += text.length;
    });
  };

  return {
    args_get: (pointersAt, bytesAt) => write(args(), pointersAt, bytesAt),
    args_sizes_get: (countAt, sizeAt) => sizes(args(), countAt, sizeAt),
    environ_get: (pointersAt, bytesAt) => write(variables(), pointersAt, bytesAt),
    environ_sizes_get: (countAt, sizeAt) => sizes(variables(), countAt, sizeAt),
    clock_res_get(id, at) {
      if (id > ClockId.threadCputime) throw Errno.inval;
      memory.setU64(at, id === ClockId.realtime ? nanoseconds(wall.resolution()) : monotonic.resolution());
    },
    clock_time_get(id, _precision, at) {
      if (id > ClockId.threadCputime) throw Errno.inval;
      const now =
        id === ClockId.realtime
          ? nanoseconds(wall.now())
          : id === ClockId.monotonic
            ? monotonic.now()
            : // a guest is one thread, and what it has taken of it nobody can tell: the time that it runs
              monotonic.now() - began;
      memory.setU64(at, now);
    },
    random_get(at, length) {
      memory.check(at, length);
      for (let done = 0; done < length; ) {
        const size = Math.min(length - done, MOST_RANDOM);
        memory.slice(at + done, size).set(faces["wasi:random/random"].getRandomBytes(BigInt(size)));
        done += size;
      }
    },
    proc_exit(code) {
      throw new ExitError(code);
    },
    proc_raise(signal) {
      throw new Error(`the program has raised signal ${signal}`);
    },
    sched_yield() {
      process.notYet();
    },
  };
}
