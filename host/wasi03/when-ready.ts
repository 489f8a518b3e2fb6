/** Waiting for something of the host's. */
import { Later } from "../abi/async/later.ts";
import type { Source, Waiter } from "../io/poll.ts";
import { named } from "./socket-errors.ts";

/**
 * Tries something now, and then each time a source is ready, until it gives a value or throws a failure.
 *
 * @param release called once, when that is over or called off
 * @param nameOf the failure as the guest gets it
 */
export function whenReady<T>(
  source: Source,
  attempt: () => { readonly value: T } | undefined,
  release: () => void = () => {},
  nameOf: (thrown: unknown) => unknown = named,
): T | Later {
  let first: { readonly value: T } | undefined;
  try {
    first = attempt();
  } catch (thrown) {
    release();
    throw nameOf(thrown);
  }
  if (first !== undefined) {
    release();
    return first.value;
  }
  const end = (): void => {
    source.removeWaiter(waiter);
    release();
  };
  const later = new Later(end);
  const waiter: Waiter = {
    wake() {
      let next: { readonly value: T } | undefined;
      try {
        next = attempt();
      } catch (thrown) {
        end();
        later.reject(nameOf(thrown));
        return;
      }
      if (next === undefined) return;
      end();
      later.resolve(next.value);
    },
  };
  source.addWaiter(waiter);
  return later;
}
