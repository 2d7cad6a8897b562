/**
 * Metrics that are read where the figures are kept anyway, at the moment somebody asks: what works pays nothing. A
 * reading that answers undefined, fails or takes too long leaves the metric out of that answer.
 */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Buckets } from "./bucket-counts.js";

/** How the values of several workers of one process become one; `sum` when nothing else is said. */
export type Aggregation = "sum" | "max" | "min" | "average" | "first";

export interface MetricText {
  /** With its base unit last, and `_total` when it counts. */
  readonly name: string;
  /** One sentence for the operator. */
  readonly help: string;
  readonly aggregator?: Aggregation;
}

type Reading<T> = () => T | undefined | Promise<T | undefined>;

/** Values by the label's value. */
export type Labelled = Iterable<readonly [label: string, value: number]>;

async function readOrNothing<T>(read: Reading<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

/** Registers a gauge. */
export function addGauge(registry: Registry, text: MetricText, read: Reading<number>): void {
  new Gauge({
    ...text,
    registers: [registry],
    async collect() {
      const value = await readOrNothing(read);
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}

/** Registers a gauge with one label. */
export function addLabelledGauge(
  registry: Registry,
  text: MetricText & { readonly label: string },
  read: Reading<Labelled>,
): void {
  const { label, ...rest } = text;
  new Gauge({
    ...rest,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const values = await readOrNothing(read);
      this.reset();
      for (const [name, value] of values ?? []) this.set({ [label]: name }, value);
    },
  });
}

/** Registers a counter; what is read is the count since the process started. */
export function addCounter(registry: Registry, text: MetricText, read: Reading<number>): void {
  new Counter({
    ...text,
    registers: [registry],
    async collect() {
      const value = await readOrNothing(read);
      if (value === undefined) this.remove();
      else {
        this.reset();
        this.inc(value);
      }
    },
  });
}

/** Registers a counter with one label. */
export function addLabelledCounter(
  registry: Registry,
  text: MetricText & { readonly label: string },
  read: Reading<Labelled>,
): void {
  const { label, ...rest } = text;
  new Counter({
    ...rest,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const values = await readOrNothing(read);
      this.reset();
      for (const [name, value] of values ?? []) this.inc({ [label]: name }, value);
    },
  });
}

/** Buckets of one combination of labels. */
export interface LabelledBuckets {
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: Buckets;
}

/** A histogram that is told whole: nothing is observed through it. */
class ReadHistogram extends Histogram<string> {
  readonly #text: MetricText;
  readonly #read: Reading<readonly LabelledBuckets[]>;

  constructor(
    registry: Registry,
    text: MetricText & { readonly labels: readonly string[] },
    read: Reading<readonly LabelledBuckets[]>,
  ) {
    const { labels, ...rest } = text;
    super({ ...rest, labelNames: [...labels], registers: [registry] });
    this.#text = rest;
    this.#read = read;
  }

  /** What prom-client makes both the text and the JSON from. */
  async getForPromString(): Promise<object> {
    const { name, help, aggregator = "sum" } = this.#text;
    const values: object[] = [];
    for (const { labels: sharedLabels, buckets } of (await readOrNothing(this.#read)) ?? []) {
      const tell = (part: string, labels: object, value: number): void => {
        values.push({ metricName: `${name}_${part}`, labels, sharedLabels, value });
      };
      let count = 0;
      buckets.counts.forEach((inBucket, bucket) => {
        count += inBucket;
        tell("bucket", { le: buckets.upperBounds[bucket] ?? "+Inf" }, count);
      });
      tell("sum", {}, buckets.sum);
      tell("count", {}, count);
    }
    return { name, help, type: "histogram", aggregator, values };
  }
}

/** Registers a histogram whose buckets are kept elsewhere. */
export function addHistogram(registry: Registry, text: MetricText, read: Reading<Buckets>): void {
  new ReadHistogram(registry, { ...text, labels: [] }, async () => {
    const buckets = await read();
    return buckets && [{ labels: {}, buckets }];
  });
}

/** Registers a histogram with labels, whose buckets are kept elsewhere. */
export function addLabelledHistogram(
  registry: Registry,
  text: MetricText & { readonly labels: readonly string[] },
  read: Reading<readonly LabelledBuckets[]>,
): void {
  new ReadHistogram(registry, text, read);
}

/**
 * How long an answer is waited for, in ms. Who asks for metrics gives up after some seconds, and must see the others
 * just when one part hangs.
 */
const ANSWER_MS_MAX = 2_000;

/**
 * Asks once for all metrics that are read in the same answer. Rejects when that takes too long; the next one to ask
 * waits for the same answer, so that questions to what hangs do not pile up.
 */
export function askedOnce<T>(ask: () => Promise<T>, answerMsMax = ANSWER_MS_MAX): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return inTime(asked, answerMsMax);
  };
}

function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
