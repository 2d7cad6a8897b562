/** Where a followed request begins and ends. */
import type { Clock } from "../../platform/clock.js";
import type { RequestTracer, TraceSpan } from "../../platform/tracing/request-tracer.js";
import type { GatewayContext } from "../endpoint.js";
import { tracedContext } from "./traced-context.js";

/** Begins to follow a request of a REST route, with what its header says of the caller's trace. */
export function followRoute(
  tracer: RequestTracer,
  { method, path }: { readonly method: string; readonly path: string },
  traceparent: string | readonly string[] | undefined,
  clock: Clock,
): TraceSpan | undefined {
  return tracer.begin({
    name: `${method} ${path}`,
    startUs: clock.nowUs(),
    attributes: { "http.request.method": method, "http.route": path },
    traceparent: typeof traceparent === "string" ? traceparent : undefined,
  });
}

/** Begins to follow a request of the WebSocket API. A message has no place for the caller's trace: chance chooses. */
export function followMethod(tracer: RequestTracer, method: string, clock: Clock): TraceSpan | undefined {
  const attributes = { "rpc.system": "websocket", "rpc.method": method };
  return tracer.begin({ name: method, startUs: clock.nowUs(), attributes });
}

/** What an endpoint works with for a request: the same as ever when it is not followed. */
export function scopeOf(context: GatewayContext, span: TraceSpan | undefined): GatewayContext {
  return span === undefined ? context : tracedContext(context, span);
}

/** Ends a request's span with its answer; `code` of a refusal. */
export function answeredSpan(span: TraceSpan, status: number, code: number | undefined, clock: Clock): void {
  span.set({ "http.response.status_code": status });
  if (code !== undefined) span.set({ "buttonwood.code": code });
  span.end(clock.nowUs(), status < 500 ? undefined : `status ${status}`);
}
