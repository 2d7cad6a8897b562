import { ApiError, ApiErrors, type ErrorEntry } from "../errors.js";

/** When something is refused, and when it may be tried again, in µs since 1970. */
export interface RetryTimes {
  readonly nowUs: number;
  readonly retryUs: number;
}

/** A refusal for too much: it says when to come back. */
export class RateRefusal extends ApiError {
  /** Whole seconds until it may be tried again, 1 or more. */
  readonly retryAfterSeconds: number;
  readonly #message: string;
  readonly #times: RetryTimes;
  readonly #hasData: boolean;

  constructor(entry: ErrorEntry, message: string, times: RetryTimes, dataJson?: string) {
    super(entry, message, dataJson);
    this.retryAfterSeconds = Math.max(1, Math.ceil((times.retryUs - times.nowUs) / 1_000_000));
    this.#message = message;
    this.#times = times;
    this.#hasData = dataJson !== undefined;
  }

  /** The refusal of something larger for the same reason, with what became of its parts as data. */
  of(entry: ErrorEntry, dataJson: string): RateRefusal {
    return new RateRefusal(entry, entry.message, this.#times, dataJson);
  }

  /** Whether it is the address that did too much, and not the account. */
  get isOfAddress(): boolean {
    return this.entry.code === ApiErrors.TOO_MUCH_WEIGHT.code;
  }

  /** The body for a transport that has no header to say when. */
  get bodyWithTimes(): string {
    if (this.#hasData) return this.body;
    const { nowUs, retryUs } = this.#times;
    const data = `{"serverTime":${Math.floor(nowUs / 1000)},"retryAfter":${Math.ceil(retryUs / 1000)}}`;
    return `{"code":${this.entry.code},"msg":${JSON.stringify(this.#message)},"data":${data}}`;
  }
}
