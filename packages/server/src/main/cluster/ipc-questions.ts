import type { Answer } from "./backend-messages.js";

interface Question<W extends string> {
  readonly kind: "question";
  readonly id: number;
  readonly what: W;
}

/** How long the other process may take, in ms: it may hang, and who asks a role how it is waits 2 s. */
const ANSWER_MS_MAX = 1_500;

/** Questions to another process, with their answers. */
export class IpcQuestions<W extends string> {
  readonly #send: (question: Question<W>) => void;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #lastId = 0;

  constructor(send: (question: Question<W>) => void) {
    this.#send = send;
  }

  /** Resolves with undefined when no answer comes. */
  ask(what: W, answerMsMax = ANSWER_MS_MAX): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const end = (value: unknown): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(value);
      };
      const timer = setTimeout(() => end(undefined), answerMsMax);
      this.#waiting.set(id, end);
      this.#send({ kind: "question", id, what });
    });
  }

  take({ id, value }: Answer): void {
    this.#waiting.get(id)?.(value);
  }
}
