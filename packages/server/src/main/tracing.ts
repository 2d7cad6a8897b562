/** Whether requests are followed, and where their traces go: by options, or by the variables that everybody uses. */
import { hostname } from "node:os";
import type { Logger } from "../platform/logging.js";
import type { RequestTracer } from "../platform/tracing/request-tracer.js";

/** Share of the requests that are followed unless something else is said. */
export const TRACE_RATIO_DEFAULT = 0.01;

export interface TracingOptions {
  /** Where an OpenTelemetry collector takes OTLP over HTTP; without a path, spans go to its `/v1/traces`. */
  readonly url?: string | undefined;
  /** Share of the requests that are followed, 0 to 1. */
  readonly ratio?: number | undefined;
}

export interface TracingSettings {
  readonly url: string;
  readonly ratio: number;
  readonly serviceName: string;
}

/** What was asked for about tracing can't be done; the message says what, and the remedy what to do. */
export class TracingOptionError extends Error {
  override readonly name = "TracingOptionError";

  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What holds: options, before `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (a whole URL), before `OTEL_EXPORTER_OTLP_ENDPOINT`;
 * undefined when none of them names a receiver, or `OTEL_SDK_DISABLED` is true. Throws TracingOptionError.
 */
export function tracingSettings(
  options: TracingOptions,
  environment: Environment,
): TracingSettings | undefined {
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const whole = given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = given("OTEL_EXPORTER_OTLP_ENDPOINT");
  const [name, text] =
    options.url !== undefined
      ? ["--traces", options.url]
      : whole !== undefined
        ? ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", whole]
        : ["OTEL_EXPORTER_OTLP_ENDPOINT", base];
  if (text === undefined) return undefined;
  if (options.url === undefined && given("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const url = urlOf(name, text);
  if (name === "OTEL_EXPORTER_OTLP_ENDPOINT") url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  else if (name === "--traces" && url.pathname === "/") url.pathname = "/v1/traces";
  const ratio = options.ratio ?? ratioOf(given("OTEL_TRACES_SAMPLER_ARG")) ?? TRACE_RATIO_DEFAULT;
  return { url: url.href, ratio, serviceName: given("OTEL_SERVICE_NAME") ?? "buttonwood" };
}

/** Makes what follows requests; undefined: none is. OpenTelemetry's packages are loaded here, and only then. */
export async function openTracer(
  options: TracingOptions,
  { logger, role, version }: { readonly logger: Logger; readonly role: string; readonly version: string },
): Promise<RequestTracer | undefined> {
  const settings = tracingSettings(options, process.env);
  if (settings === undefined) return undefined;
  const { url, ratio, serviceName } = settings;
  const { OtlpTracer } = await import("../platform/tracing/otlp-tracer.js");
  logger.info(`${ratio * 100} % of the requests are followed, and their traces sent to ${url}`);
  return new OtlpTracer({
    url,
    ratio,
    resource: {
      "service.name": serviceName,
      "service.version": version,
      "service.instance.id": `${hostname()}:${process.pid}`,
      "buttonwood.role": role,
    },
    nowMs: () => performance.now(),
    onLost: (why) =>
      logger.warn(
        `traces can't be sent to ${url} (${why}): they are lost, and nothing else is. See that a collector takes OTLP over HTTP there`,
      ),
  });
}

function urlOf(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new TracingOptionError(
    `${name} is ${JSON.stringify(text)}, which is no URL of a receiver of traces.`,
    "Name one with http or https, e.g. http://localhost:4318.",
  );
}

function ratioOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw new TracingOptionError(
    `OTEL_TRACES_SAMPLER_ARG is ${JSON.stringify(text)}, which is no share of the requests.`,
    "Give a number from 0 to 1, e.g. 0.01 for one request of a hundred.",
  );
}
