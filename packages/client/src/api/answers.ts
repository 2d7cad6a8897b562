/** From an answer's status and body to the error that it means. */
import { ErrorCode } from "../error-codes.js";
import {
  type ClientError,
  OutcomeUnknownError,
  RateLimitedError,
  RefusedError,
  UnexpectedAnswerError,
  type UnknownOutcome,
} from "../errors.js";

/** When an exchange that limits does not say for how long, in ms. */
const RETRY_AFTER_MS_DEFAULT = 1_000;

export interface AnsweredError {
  readonly code: number;
  readonly msg: string;
  readonly data?: unknown;
}

export interface Refusal {
  readonly status: number;
  /** The parsed body, or what of a WebSocket answer stands under `error`. */
  readonly body: unknown;
  /** From the header, in ms. */
  readonly retryAfterMs?: number | undefined;
  readonly isCommand: boolean;
  readonly outcome: UnknownOutcome;
}

function isAnsweredError(body: unknown): body is AnsweredError {
  return (
    typeof body === "object" &&
    body !== null &&
    typeof (body as AnsweredError).code === "number" &&
    typeof (body as AnsweredError).msg === "string"
  );
}

/** The error of an answer that is none of success. */
export function errorOfAnswer({ status, body, retryAfterMs, isCommand, outcome }: Refusal): ClientError {
  const said = isAnsweredError(body) ? body : undefined;
  const isLimited =
    status === 429 ||
    status === 418 ||
    said?.code === ErrorCode.TOO_MANY_REQUESTS ||
    said?.code === ErrorCode.TOO_MANY_ORDERS;
  if (isLimited) {
    const code = said?.code ?? ErrorCode.TOO_MANY_REQUESTS;
    return new RateLimitedError(code, said?.msg ?? "Too many requests.", {
      status,
      data: said?.data,
      retryAfterMs: retryAfterMs ?? RETRY_AFTER_MS_DEFAULT,
    });
  }
  if (said === undefined) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const unexpected = new UnexpectedAnswerError(status, text);
    // A proxy in between does not know what became of what it has passed on.
    if (!isCommand || status < 500) return unexpected;
    return new OutcomeUnknownError(`no answer of the exchange: ${unexpected.message}`, {
      ...outcome,
      cause: unexpected,
    });
  }
  const { code, msg, data } = said;
  const refused = new RefusedError(code, msg, { status, data, retryAfterMs });
  // A fault in mid-command may lie behind the effect as well as before it.
  const isUnknown =
    code === ErrorCode.OUTCOME_UNKNOWN || code === ErrorCode.UNEXPECTED_RESPONSE || code === -1000;
  return isUnknown && isCommand ? new OutcomeUnknownError(msg, { ...outcome, cause: refused }) : refused;
}
