/** Traces over OTLP/HTTP by OpenTelemetry's own packages. Loaded when tracing is switched on, and never else. */
import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { RequestTracer, SpanAttributes, TracedRequest, TraceSpan } from "./request-tracer.js";

export interface OtlpTracerOptions {
  /** Where spans are posted to. */
  readonly url: string;
  /** Share of the requests that are followed, 0 to 1. */
  readonly ratio: number;
  /** Who says so: `service.name` and the like. */
  readonly resource: SpanAttributes;
  readonly nowMs: () => number;
  /** Spans could not be sent and are lost; told once a minute at most. */
  readonly onLost: (why: string) => void;
}

/**
 * Requests whose callers want to be followed, in a second: anybody may send a header, and must not be able to have
 * everything followed.
 */
const ASKED_PER_SECOND_MAX = 100;

/** Between two complaints about a receiver that takes nothing, in ms. */
const COMPLAINT_MS = 60_000;

/** Spans that wait to be sent, at most; more are dropped. */
const QUEUE_MAX = 8_192;
/** Between two messages to the receiver, in ms: who looks for a trace should not have to wait for it. */
const SEND_EVERY_MS = 1_000;
/** A receiver that takes longer has failed, in ms. */
const SEND_MS_MAX = 5_000;
/** How long an end waits for what is left to be sent, in ms: a supervisor waits ten seconds for all of it. */
const CLOSE_MS_MAX = 2_000;

export class OtlpTracer implements RequestTracer {
  readonly #provider: TracerProvider;
  readonly #propagator = new W3CTraceContextPropagator();

  constructor({ url, ratio, resource, nowMs, onLost }: OtlpTracerOptions) {
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: SEND_MS_MAX });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ ...resource }),
      sampler: new ParentBasedSampler({
        root: new TraceIdRatioBasedSampler(ratio),
        remoteParentSampled: new AskedSampler(nowMs),
      }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new TellingExporter(exporter, nowMs, onLost),
          scheduledDelayMillis: SEND_EVERY_MS,
          maxQueueSize: QUEUE_MAX,
          exportTimeoutMillis: SEND_MS_MAX,
        }),
      ],
    });
  }

  begin({ name, startUs, attributes, traceparent }: TracedRequest): TraceSpan | undefined {
    const parent =
      traceparent === undefined ? ROOT_CONTEXT : this.#propagator.extract(ROOT_CONTEXT, traceparent, HEADER);
    const span = this.#start(name, startUs, attributes, SpanKind.SERVER, parent);
    return span.isRecording() ? new OtlpSpan(span, this.#start) : undefined;
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS_MAX);
    });
    // What can't be sent any more has been complained about.
    await Promise.race([this.#provider.shutdown().catch(() => {}), late]);
    clearTimeout(timer);
  }

  readonly #start: Start = (name, startUs, attributes, kind, parent) =>
    this.#provider
      .getTracer("buttonwood")
      .startSpan(name, { startTime: hrTime(startUs), attributes: { ...attributes }, kind }, parent);
}

type Start = (
  name: string,
  startUs: number,
  attributes: SpanAttributes,
  kind: SpanKind,
  parent: Context,
) => Span;

class OtlpSpan implements TraceSpan {
  readonly #span: Span;
  readonly #start: Start;

  constructor(span: Span, start: Start) {
    this.#span = span;
    this.#start = start;
  }

  child(name: string, startUs: number, attributes: SpanAttributes = {}): TraceSpan {
    const parent = trace.setSpan(ROOT_CONTEXT, this.#span);
    return new OtlpSpan(this.#start(name, startUs, attributes, SpanKind.INTERNAL, parent), this.#start);
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes({ ...attributes });
  }

  end(endUs: number, failure?: string): void {
    if (failure !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    this.#span.end(hrTime(endUs));
  }
}

/** Seconds and nanoseconds: a time in ms would be taken for one of this process if it were small. */
const hrTime = (us: number): [number, number] => [
  Math.floor(us / 1_000_000),
  Math.round((us % 1_000_000) * 1000),
];

/** The one header that is read. */
const HEADER = {
  keys: () => ["traceparent"],
  get: (traceparent: string, key: string) => (key === "traceparent" ? traceparent : undefined),
};

/** Follows those who ask for it, so many a second. */
class AskedSampler implements Sampler {
  readonly #nowMs: () => number;
  #second = 0;
  #asked = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  shouldSample(): { decision: SamplingDecision } {
    const second = Math.floor(this.#nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#asked = 0;
    }
    const isTooMany = ++this.#asked > ASKED_PER_SECOND_MAX;
    return { decision: isTooMany ? SamplingDecision.NOT_RECORD : SamplingDecision.RECORD_AND_SAMPLED };
  }

  toString(): string {
    return "AskedSampler";
  }
}

/** Sends, and tells of what is lost. */
class TellingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #nowMs: () => number;
  readonly #onLost: (why: string) => void;
  #quietUntilMs = 0;

  constructor(exporter: SpanExporter, nowMs: () => number, onLost: (why: string) => void) {
    this.#exporter = exporter;
    this.#nowMs = nowMs;
    this.#onLost = onLost;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.FAILED && this.#nowMs() >= this.#quietUntilMs) {
        this.#quietUntilMs = this.#nowMs() + COMPLAINT_MS;
        this.#onLost(result.error?.message ?? "for no reason that is told");
      }
      // The processor would only complain of it to nobody.
      done({ code: ExportResultCode.SUCCESS });
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
