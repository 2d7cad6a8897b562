/** What a followed request does at the ports, as spans. Requests that are not followed never come by here. */
import { type Command, Reason } from "@buttonwood/protocol";
import type { Clock } from "../../platform/clock.js";
import type { TraceSpan } from "../../platform/tracing/request-tracer.js";
import type { CommandOutcome, EngineAnswer, EngineClient, EngineQuery } from "../../transport/engine-port.js";
import type { GatewayContext } from "../endpoint.js";

/** The same context, in which everything that is asked of engine, history and market data is a span of the request. */
export function tracedContext(context: GatewayContext, span: TraceSpan): GatewayContext {
  const { clock } = context;
  return {
    ...context,
    engine: new TracedEngine(context.engine, clock, span),
    history: tracedCalls(context.history, "history", clock, span),
    marketData: tracedCalls(context.marketData, "marketData", clock, span),
  };
}

class TracedEngine implements EngineClient {
  readonly #engine: EngineClient;
  readonly #clock: Clock;
  readonly #span: TraceSpan;

  constructor(engine: EngineClient, clock: Clock, span: TraceSpan) {
    this.#engine = engine;
    this.#clock = clock;
    this.#span = span;
  }

  get inFlight(): number {
    return this.#engine.inFlight;
  }

  submit(command: Command): Promise<CommandOutcome> {
    const startUs = this.#clock.nowUs();
    const span = this.#span.child("engine.submit", startUs, { "buttonwood.command": command.kind });
    const outcome = this.#engine.submit(command);
    outcome.then(
      ({ sequence, reason }) => {
        const endUs = this.#clock.nowUs();
        span.set({ "buttonwood.sequence": sequence });
        if (reason !== Reason.OK) span.set({ "buttonwood.reason": reason });
        span.end(endUs);
        const market = marketOf(command);
        if (market >= 0) void this.#tellBatch(span, market, sequence, startUs, endUs);
      },
      (error: Error) => span.end(this.#clock.nowUs(), error.message),
    );
    return outcome;
  }

  query<Q extends EngineQuery>(query: Q): Promise<EngineAnswer<Q>> {
    const span = this.#span.child("engine.query", this.#clock.nowUs(), { "buttonwood.query": query.kind });
    return followed(this.#engine.query(query), this.#clock, span);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  /**
   * Where the time of a command went: the engine is asked afterwards, when it did what with the batch. So nothing
   * travels with a command, and the engine does for a followed one what it does for all.
   */
  async #tellBatch(
    span: TraceSpan,
    market: number,
    sequence: number,
    startUs: number,
    endUs: number,
  ): Promise<void> {
    const batch = await this.#engine.query({ kind: "batchTimes", market, sequence }).catch(() => undefined);
    if (batch === undefined) return;
    const { firstSequence, lastSequence, beganUs, appliedUs, committedUs } = batch;
    const attributes = {
      "buttonwood.batch.first_sequence": firstSequence,
      "buttonwood.batch.last_sequence": lastSequence,
    };
    span.child("engine.wait", startUs).end(beganUs);
    span.child("engine.apply", beganUs, attributes).end(appliedUs);
    span.child("journal.commit", appliedUs, attributes).end(committedUs);
    span.child("engine.answer", committedUs).end(endUs);
  }
}

/** The market whose partition takes a command; −1 for one that several take. */
function marketOf(command: Command): number {
  if ("market" in command) return command.market;
  if ("order" in command) return command.order.market;
  return "legs" in command ? (command.legs[0]?.market ?? -1) : -1;
}

/** Every call of a port as a span. */
function tracedCalls<T extends object>(port: T, name: string, clock: Clock, span: TraceSpan): T {
  return new Proxy(port, {
    get(target, method) {
      const value = Reflect.get(target, method) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const startUs = clock.nowUs();
        const answer = value.apply(target, args) as unknown;
        if (!(answer instanceof Promise)) return answer;
        return followed(answer, clock, span.child(`${name}.${String(method)}`, startUs));
      };
    },
  });
}

function followed<T>(answer: Promise<T>, clock: Clock, span: TraceSpan): Promise<T> {
  answer.then(
    () => span.end(clock.nowUs()),
    (error: Error) => span.end(clock.nowUs(), error.message),
  );
  return answer;
}
