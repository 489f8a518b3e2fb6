/** The way of jco's `--instantiation`: the host's faces are called as they are. */

import { camelCase } from "../../host/abi/types.ts";
import { createHost } from "../../host/host.ts";
import type { Network } from "../../host/network/network.ts";
import { createNetwork } from "../../host/network/virtual/index.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import type { Import } from "./guest.ts";
import { makeGuest } from "./guest.ts";
import type { Way } from "./way.ts";

type Members = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** The faces, called directly. */
export function openDirect(): Way {
  return directly("faces", true, undefined);
}

/** The same on one machine of a network in memory, where no other program is. */
export function openInMemory(): Way {
  return directly("faces in memory", false, createNetwork({ seed: 1 }).host("one").network);
}

function directly(name: string, system: boolean, network: Network | undefined): Way {
  return {
    name,
    can: { blocking: true, functions: true, system },
    open: async ({ rules, ...options }) => {
      const host = createHost({
        ...(network && { network }),
        ...options,
        policy: policyFromRules(rules),
        maySuspend: true,
      });
      const faces = host.imports as unknown as Readonly<Record<string, Members>>;
      return makeGuest({
        call: async (imported, args) => {
          const value = call(faces, imported, args);
          return value instanceof Promise ? copied(await value) : copied(value);
        },
        stats: async () => host.stats(),
        handles: async () => undefined,
        close: async () => host.close(),
      });
    },
  };
}

function call(faces: Readonly<Record<string, Members>>, imported: Import, args: readonly unknown[]): unknown {
  const { resource, name, type } = imported;
  if (resource === undefined) return faces[imported.interface]?.[camelCase(name)]?.(...args);
  const [self, ...rest] = args;
  if (type === undefined) return (self as Disposable)[Symbol.dispose]();
  return (self as Members)[camelCase(name.slice(name.indexOf(".") + 1))]?.(...rest);
}

/** Bytes are lent until the next call or event, which may come before whoever waits for the promise runs. */
function copied(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return value;
}
