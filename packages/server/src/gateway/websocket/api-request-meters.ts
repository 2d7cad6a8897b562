import type { Registry } from "prom-client";
import { METHODS } from "../routes.js";
import { type RequestMeter, socketRequestMetrics } from "../session/request-metrics.js";
import { OwnMethod } from "./own-methods.js";

/** The meters of the WebSocket API's methods. Whatever name a client makes up is counted as `unknown`. */
export class ApiRequestMeters {
  readonly #byMethod: ReadonlyMap<string, RequestMeter>;
  readonly unknown: RequestMeter;

  constructor(registry: Registry) {
    const metrics = socketRequestMetrics(registry);
    const methods = [...METHODS.keys(), ...Object.values(OwnMethod)];
    this.#byMethod = new Map(methods.map((method) => [method, metrics.meter({ method })]));
    this.unknown = metrics.meter({ method: "unknown" });
  }

  of(method: string): RequestMeter {
    return this.#byMethod.get(method) ?? this.unknown;
  }
}
