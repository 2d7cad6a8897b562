/** `timestamp` and `recvWindow` of signed requests. */
import { parseDecimal } from "@buttonwood/protocol";
import { refusal } from "../errors.js";

const INTEGER_FORM = "^[0-9]{1,20}$";
const INTEGER = /^[0-9]{1,20}$/;
const WINDOW_FORM = "^[0-9]{1,5}(\\.[0-9]{1,3})?$";
const WINDOW = /^[0-9]{1,20}(?:\.[0-9]{1,3})?$/;

/** How far ahead a client's clock may be, in µs. */
const AHEAD_US_MAX = 1_000_000;
const WINDOW_US_DEFAULT = 5_000_000;
const WINDOW_US_MAX = 60_000_000;

/**
 * Checks a request's time against the gateway's clock and returns the deadline for the engine in µs since 1970:
 * a command that is sequenced later is refused there.
 */
export function deadlineOf(
  timestamp: string | undefined,
  recvWindow: string | undefined,
  nowUs: number,
): number {
  if (timestamp === undefined || timestamp === "") throw refusal("MANDATORY_PARAMETER", "timestamp");
  if (!INTEGER.test(timestamp)) throw refusal("ILLEGAL_CHARACTERS", "timestamp", INTEGER_FORM);
  const windowUs = recvWindow === undefined ? WINDOW_US_DEFAULT : windowOf(recvWindow);
  // Up to 15 digits are exact as a double also in µs; more lie far in the future anyway.
  const timestampUs =
    timestamp.length > 12 + 3 ? Number.MAX_SAFE_INTEGER : Number.parseInt(timestamp, 10) * 1000;
  if (timestampUs > nowUs + AHEAD_US_MAX) throw refusal("AHEAD_OF_SERVER_TIME");
  if (nowUs - timestampUs > windowUs) throw refusal("OUTSIDE_RECV_WINDOW");
  return timestampUs + windowUs;
}

function windowOf(text: string): number {
  if (text === "") throw refusal("EMPTY_PARAMETER", "recvWindow");
  if (!WINDOW.test(text)) throw refusal("ILLEGAL_CHARACTERS", "recvWindow", WINDOW_FORM);
  const windowUs = parseDecimal(text, 3);
  if (typeof windowUs !== "number" || windowUs > WINDOW_US_MAX) throw refusal("RECV_WINDOW_TOO_LONG");
  return windowUs;
}
