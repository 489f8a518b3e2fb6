/**
 * `wasi:http` by preview2-shim, with a gate in front of it: each request is granted or refused, written down, and
 * counted for as long as the guest holds anything of it.
 */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { printable } from "../messages/printable.ts";
import type { Ask, PermissionAnswer } from "../policy/asking.ts";
import { NOTHING_ALLOWS } from "../policy/policy.ts";
import { dispose } from "../runtime/features.ts";
import type { SocketContext } from "../sockets/context.ts";

/** Why a request may not leave: a case of `wasi:http/types.error-code`. */
export type HttpRefusal = "HTTP-request-denied" | "connection-limit-reached";

/** Judges the requests of a guest, and counts them. */
export interface HttpGate {
  /** A request wants to leave; what it is, for people. `undefined` lets it, and {@link HttpGate.end} is to follow. */
  begin(request: string): HttpRefusal | undefined;
  /** The guest has let go of a request, its response and the body of that. */
  end(): void;
}

/**
 * The gate of a host.
 *
 * @param context its permissions write down what is decided, as use `http`
 * @param mayReachAll whether requests may leave at all: they go past the rules for addresses, so that only a guest who
 *   may reach everything may make them
 * @param ask is asked where they may not and nothing is denied; once it has said no, it is not asked again
 */
export function httpGate(context: SocketContext, mayReachAll: boolean, ask?: Ask): HttpGate {
  const { caps, ledger, permissions } = context;
  let answer: PermissionAnswer = mayReachAll ? "run" : "once";
  const isGrantedTo = (target: string): boolean => {
    if (answer === "once" && ask !== undefined) {
      answer = ask({ use: "http", target, name: undefined, option: "allowNet", rule: "*" });
      if (answer === "once") return true;
    }
    return answer === "run";
  };
  return {
    begin(request) {
      const isAllowed = isGrantedTo(request);
      const isFull = ledger.httpRequests >= caps.httpRequests;
      const reason = isAllowed
        ? `it holds ${ledger.httpRequests} requests, as many as it may (httpRequests)`
        : NOTHING_ALLOWS;
      const isGranted = isAllowed && !isFull;
      if (permissions.decide(isGranted, "http", request, isGranted ? undefined : reason)) {
        ledger.httpRequests++;
        return undefined;
      }
      return isAllowed && isFull ? "connection-limit-reached" : "HTTP-request-denied";
    },
    end() {
      ledger.httpRequests--;
    },
  };
}

/** What a guest's thread asks its host's. */
type Question = { readonly request: string; readonly signal: Int32Array } | "end";

/**
 * The gate of a host on another thread, which this one waits for.
 *
 * @param port its other end is served by {@link serveHttpGate}
 */
export function remoteHttpGate(port: MessagePort): HttpGate {
  return {
    begin(request) {
      const signal = new Int32Array(new SharedArrayBuffer(4));
      port.postMessage({ request, signal } satisfies Question);
      Atomics.wait(signal, 0, 0);
      const answer = receiveMessageOnPort(port) as { message: HttpRefusal | undefined } | undefined;
      return answer === undefined ? "HTTP-request-denied" : answer.message;
    },
    end() {
      port.postMessage("end" satisfies Question);
    },
  };
}

/** Answers a guest's thread. The port holds no process. */
export function serveHttpGate(port: MessagePort, gate: HttpGate): void {
  port.on("message", (question: Question) => {
    if (question === "end") {
      gate.end();
      return;
    }
    port.postMessage(gate.begin(question.request));
    Atomics.store(question.signal, 0, 1);
    Atomics.notify(question.signal, 0);
  });
  port.unref();
}

interface OutgoingRequest {
  method(): { readonly tag: string; readonly val?: string };
  scheme(): { readonly tag: string; readonly val?: string } | undefined;
  authority(): string | undefined;
  pathWithQuery(): string | undefined;
}

/** Something of a request that the guest holds. */
type Held = object & { [dispose]?: () => void };

type Response = Held & { consume(): Held };
type Outcome = { tag: string; val?: { tag: string; val?: Response } } | undefined;
type Future = Held & { get(): Outcome };

/** What is used of preview2-shim's import object. */
export interface HttpShim {
  readonly "wasi:http/outgoing-handler": { handle(request: OutgoingRequest, options?: unknown): Future };
  readonly "wasi:http/types": { readonly IncomingBody: { finish(body: object): unknown } };
  readonly [name: string]: unknown;
}

/**
 * Puts a gate in front of preview2-shim's `wasi:http`.
 *
 * @param shim import objects by interface name without version
 * @param gate is asked about each request
 * @returns those of `wasi:http`, and of the `wasi:io` that goes with them
 */
export function gatedHttp(shim: HttpShim, gate: HttpGate): Readonly<Record<string, unknown>> {
  const served = Object.entries(shim).filter(([name]) => /^wasi:(http|io)\//.test(name));
  const handler = shim["wasi:http/outgoing-handler"];
  const types = shim["wasi:http/types"];
  const bodies = new WeakMap<object, () => void>();
  return {
    ...Object.fromEntries(served),
    "wasi:http/outgoing-handler": {
      handle(request: OutgoingRequest, options?: unknown): Future {
        const refusal = gate.begin(describe(request));
        if (refusal !== undefined) throw { tag: refusal };
        const claim = new Claim(() => gate.end());
        let future: Future;
        try {
          future = handler.handle(request, options);
        } catch (error) {
          claim.end();
          throw error;
        }
        return followed(future, claim, bodies);
      },
    },
    "wasi:http/types": {
      ...types,
      // a proxy is still the class of what the shim makes
      IncomingBody: new Proxy(types.IncomingBody, {
        get: (target, name) =>
          name === "finish"
            ? (body: object) => {
                bodies.get(body)?.(); // a body that is finished is not dropped
                return target.finish(body);
              }
            : Reflect.get(target, name),
      }),
    },
  };
}

/** Counts what the guest holds of one request; with the last of it the request is over. */
class Claim {
  readonly #end: () => void;
  #held = 0;

  constructor(end: () => void) {
    this.#end = end;
  }

  /** Begins to count an object, until it is dropped; gives what drops it early. */
  hold(object: Held): () => void {
    const own = object[dispose];
    let isHeld = true;
    const letGo = (): void => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.#held === 0) this.#end();
    };
    this.#held++;
    object[dispose] = function drop(this: object): void {
      letGo();
      own?.call(this);
    };
    return letGo;
  }

  /** Nothing came of it. */
  end(): void {
    this.#end();
  }
}

function followed(future: Future, claim: Claim, bodies: WeakMap<object, () => void>): Future {
  claim.hold(future);
  const { get } = future;
  future.get = () => {
    const outcome = get.call(future);
    const response = outcome?.tag === "ok" && outcome.val?.tag === "ok" ? outcome.val.val : undefined;
    if (response !== undefined) {
      claim.hold(response);
      const { consume } = response;
      response.consume = () => {
        const body = consume.call(response);
        bodies.set(body, claim.hold(body));
        return body;
      };
    }
    return outcome;
  };
  return future;
}

/** Method and URL, for logs: what can't be shown is escaped, what is too long cut. */
function describe(request: OutgoingRequest): string {
  const { tag, val } = request.method();
  const scheme = request.scheme();
  const method = tag === "other" ? (val ?? "") : tag.toUpperCase();
  const protocol = (scheme?.tag === "other" ? scheme.val : (scheme?.tag ?? "HTTPS"))?.toLowerCase();
  const url = `${protocol}://${request.authority() ?? ""}${request.pathWithQuery() ?? "/"}`;
  return printable(`${printable(method, 32)} ${url}`);
}
