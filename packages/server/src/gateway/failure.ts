import type { Logger } from "pino";
import { EngineBusyError, OutcomeUnknownError } from "../transport/engine-port.js";
import { HistoryLagsError } from "../transport/history-port.js";
import { ApiError, refusal } from "./errors.js";

/** What a client is told of a failure that another try may not meet; undefined for any other. */
export function refusalOfPassing(error: unknown): ApiError | undefined {
  if (error instanceof EngineBusyError) return refusal("OVERLOADED");
  if (error instanceof OutcomeUnknownError) return refusal("OUTCOME_UNKNOWN");
  if (error instanceof HistoryLagsError) return refusal("DISCONNECTED");
  return undefined;
}

/** What a client is told of any failure. Only faults are logged: refusals are the clients' own. */
export function asApiError(error: unknown, logger: Logger): ApiError {
  if (error instanceof ApiError) return error;
  const passing = refusalOfPassing(error);
  if (passing !== undefined) return passing;
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return refusal("BODY_TOO_LARGE");
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) return refusal("INVALID_MESSAGE");
  logger.error({ err: error }, "a request failed");
  return refusal("UNKNOWN");
}
