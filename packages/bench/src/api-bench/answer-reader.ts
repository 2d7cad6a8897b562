const CONTENT_LENGTH = "content-length:";

/** Without its first letter, which servers write in either case. */
const LAST_ANSWER = "onnection: close";

/** An answer's status and body, and whether it is the connection's last. */
export type OnAnswer = (status: number, body: Buffer, isLast: boolean) => void;

/**
 * Cuts a stream of bytes into HTTP answers with a Content-Length. It understands no more than what this
 * exchange sends, and throws on anything else.
 */
export class AnswerReader {
  readonly #onAnswer: OnAnswer;
  #rest: Buffer | undefined;

  constructor(onAnswer: OnAnswer) {
    this.#onAnswer = onAnswer;
  }

  push(chunk: Buffer): void {
    let data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    while (data.length > 0) {
      const headEnd = data.indexOf("\r\n\r\n");
      if (headEnd < 0) break;
      const status = (data[9]! - 48) * 100 + (data[10]! - 48) * 10 + (data[11]! - 48);
      const length = contentLength(data, headEnd, status);
      const end = headEnd + 4 + length;
      if (data.length < end) break;
      const lastAt = data.indexOf(LAST_ANSWER);
      this.#onAnswer(status, data.subarray(headEnd + 4, end), lastAt >= 0 && lastAt < headEnd);
      data = data.subarray(end);
    }
    if (data.length > 0) this.#rest = data;
  }
}

function contentLength(data: Buffer, headEnd: number, status: number): number {
  // Servers differ in how they write the name; searching lower case first is enough for Node's.
  let at = data.indexOf(CONTENT_LENGTH);
  if (at < 0 || at > headEnd) at = data.indexOf("Content-Length:");
  if (at < 0 || at > headEnd) {
    if (status === 204 || status === 304) return 0;
    throw new Error(`an answer without Content-Length: ${data.toString("latin1", 0, headEnd)}`);
  }
  let length = 0;
  for (let i = at + CONTENT_LENGTH.length; i < headEnd; i++) {
    const digit = data[i]! - 48;
    if (digit >= 0 && digit <= 9) length = length * 10 + digit;
    else if (data[i] === 13) break;
  }
  return length;
}
