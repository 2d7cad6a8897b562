/** What a span may say of itself. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span of a request that is followed. Times are µs since 1970. */
export interface TraceSpan {
  /** A part of it, which may be told after it has ended itself. */
  child(name: string, startUs: number, attributes?: SpanAttributes): TraceSpan;
  set(attributes: SpanAttributes): void;
  /** `failure`: it did not do what it should, and why; a refusal that a client has earned is none. */
  end(endUs: number, failure?: string): void;
}

/** A request that has arrived. */
export interface TracedRequest {
  /** The same for all requests of one kind. */
  readonly name: string;
  readonly startUs: number;
  readonly attributes: SpanAttributes;
  /** What the caller says of the trace that it belongs to: a header in the form of W3C Trace Context. */
  readonly traceparent?: string | undefined;
}

/** Chooses the requests that are followed, and keeps their spans. */
export interface RequestTracer {
  /** Undefined for a request that is not followed. */
  begin(request: TracedRequest): TraceSpan | undefined;
  /** Sends what is left. Never rejects: traces are for looking at, and nothing waits for them. */
  close(): Promise<void>;
}
