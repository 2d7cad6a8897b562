import { ApiError, ApiErrors, type ErrorEntry } from "../errors.js";

/** A refusal for too much: it says when to come back. */
export class RateRefusal extends ApiError {
  /** Whole seconds until it may be tried again, 1 or more. */
  readonly retryAfterSeconds: number;
  readonly #message: string;
  readonly #nowMs: number;
  readonly #retryMs: number;

  /** Times in µs since 1970. */
  constructor(entry: ErrorEntry, message: string, nowUs: number, retryUs: number) {
    super(entry, message);
    this.retryAfterSeconds = Math.max(1, Math.ceil((retryUs - nowUs) / 1_000_000));
    this.#message = message;
    this.#nowMs = Math.floor(nowUs / 1000);
    this.#retryMs = Math.ceil(retryUs / 1000);
  }

  /** Whether it is the address that did too much, and not the account. */
  get isOfAddress(): boolean {
    return this.entry.code === ApiErrors.TOO_MUCH_WEIGHT.code;
  }

  /** The body for a transport that has no header to say when. */
  get bodyWithTimes(): string {
    const { code } = this.entry;
    const data = `{"serverTime":${this.#nowMs},"retryAfter":${this.#retryMs}}`;
    return `{"code":${code},"msg":${JSON.stringify(this.#message)},"data":${data}}`;
  }
}
