/** Plays requests made from the OpenAPI document against a real exchange, and judges every answer. */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { hmac, TestExchange, type TestKey } from "../../../main/testing/test-exchange.js";
import { ApiErrors, type ErrorEntry } from "../../errors.js";
import { KeyScope } from "../../session/key-store.js";
import { LimitsSetting } from "../../session/rate-limits.js";
import type { Json } from "../components.js";
import { AnswerCheck, COMPILER_OPTIONS } from "../testing/answer-check.js";
import {
  type AnswerNote,
  type Cell,
  cellName,
  cellsOf,
  isSound,
  operationsOf,
  Signing,
  Whole,
} from "./cells.fuzz.js";
import { objection } from "./document-allows.fuzz.js";
import { Place, type RequestPlan, requestOf } from "./requests.fuzz.js";
import { StateWatch } from "./state-watch.fuzz.js";
import { NOW, SOME_ORDER } from "./values.fuzz.js";

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  /** NONE unless given: with limits nearly every request is refused for there being too many. */
  readonly limits?: LimitsSetting;
  /** Changes the document before it is used: for the test that a wrong one is found. */
  readonly describe?: (document: Record<string, Json>) => Record<string, Json>;
  /** Told now and then. */
  readonly onProgress?: (done: number) => void;
}

export interface FuzzFailure {
  /** Number of the request, from 1. */
  readonly request: number;
  readonly cell: string;
  readonly what: string;
  readonly sent: string;
  readonly answered: string;
}

export interface FuzzReport {
  readonly requests: number;
  readonly cells: number;
  readonly operations: number;
  /** Answers by status and code, e.g. `400 -1102`. */
  readonly answers: ReadonlyMap<string, number>;
  readonly failures: readonly FuzzFailure[];
  readonly seconds: number;
}

/** A run stops after so many failures: they tend to be one. */
const FAILURES_MAX = 10;
/** A prime far above any factor of the number of cells. */
const STEP = 7_919;

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

interface Heard {
  readonly status: number;
  readonly text: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Runs on an exchange of its own. The same seed sends the same requests, but for times and signatures. */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzReport> {
  const { requests, seed, limits = LimitsSetting.NONE, describe, onProgress } = options;
  const startMs = performance.now();
  const exchange = await TestExchange.start({ limits });
  try {
    const run = await Run.prepare(exchange, describe);
    const failures: FuzzFailure[] = [];
    let number = 0;
    while (number < requests && failures.length < FAILURES_MAX) {
      number++;
      const failure = await run.play(number, seed);
      if (failure !== undefined) failures.push(failure);
      if (number % 1_000 === 0) onProgress?.(number);
    }
    const seconds = (performance.now() - startMs) / 1000;
    return { requests: number, ...run.figures(), failures, seconds };
  } finally {
    await exchange.close();
  }
}

class Run {
  readonly #exchange: TestExchange;
  readonly #cells: readonly Cell[];
  /** Numbers of the cells in which nothing is wrong. */
  readonly #sound: readonly number[];
  readonly #requests: readonly fc.Arbitrary<RequestPlan>[];
  readonly #check: AnswerCheck;
  readonly #state: StateWatch;
  readonly #readers: Record<"alice" | "bob", TestKey>;
  readonly #answers = new Map<string, number>();
  /** Orders that were placed, the newest last. */
  readonly #orders: number[] = [];

  private constructor(
    exchange: TestExchange,
    document: Record<string, Json>,
    state: StateWatch,
    readers: Record<"alice" | "bob", TestKey>,
  ) {
    this.#exchange = exchange;
    this.#cells = cellsOf(operationsOf(document));
    this.#sound = this.#cells.flatMap((cell, index) => (isSound(cell) ? [index] : []));
    this.#requests = this.#cells.map(requestOf);
    this.#check = new AnswerCheck(new Ajv2020(COMPILER_OPTIONS), document);
    this.#state = state;
    this.#readers = readers;
  }

  /** Takes the document from where clients take it. */
  static async prepare(
    exchange: TestExchange,
    describe: FuzzOptions["describe"] = (document) => document,
  ): Promise<Run> {
    const { body: document } = await exchange.raw("GET", "/docs/openapi.json");
    const reader = async (account: number): Promise<TestKey> => {
      const { entry, secretKey } = await exchange.keyStore.create({
        account,
        label: "",
        scopes: [KeyScope.READ],
      });
      return { apiKey: entry.apiKey, secretKey };
    };
    const readers = { alice: await reader(1), bob: await reader(2) };
    return new Run(exchange, describe(document), await StateWatch.over(exchange), readers);
  }

  /** A countdown would cancel orders at any time, as if behind a refusal. */
  async #takeCountdownAway(account: "alice" | "bob"): Promise<void> {
    const path = "/api/v3/countdownCancelAll";
    const { status } = await this.#exchange.signed(this.#exchange[account], "POST", path, {
      countdownTime: 0,
    });
    if (status !== 200) throw new Error(`a countdown can't be taken away: ${status}`);
  }

  figures(): Pick<FuzzReport, "cells" | "operations" | "answers"> {
    const operations = new Set(this.#cells.map(({ operation }) => operation)).size;
    return { cells: this.#cells.length, operations, answers: this.#answers };
  }

  async play(number: number, seed: number): Promise<FuzzFailure | undefined> {
    const index = this.#cellOf(number);
    const cell = this.#cells[index]!;
    const [plan] = fc.sample(this.#requests[index]!, { seed: seed * 1_000_003 + number, numRuns: 1 });
    const sent = this.#compose(plan!);
    const heard = await this.#send(sent);
    const code = heard.status === 200 ? "" : ` ${codeOf(heard.text)}`;
    this.#answers.set(`${heard.status}${code}`, (this.#answers.get(`${heard.status}${code}`) ?? 0) + 1);
    if (heard.status === 200 && cell.operation.path.endsWith("/countdownCancelAll")) {
      await this.#takeCountdownAway(plan!.account);
    }
    const what =
      this.#judge(cell, plan!, heard) ??
      (await this.#state.after(plan!.method !== "GET" && (heard.status === 200 || heard.status === 409)));
    if (heard.status === 200) this.#remember(heard.text);
    if (what === undefined) return undefined;
    return {
      request: number,
      cell: cellName(cell),
      what,
      sent: JSON.stringify(sent).slice(0, 2_000),
      answered: `${heard.status} ${heard.text}`.slice(0, 1_000),
    };
  }

  /**
   * By turns the next of all cells, and the next in which nothing is wrong: else hardly any request would be done,
   * and there would be no orders to get wrong. The step goes round all cells, not one operation after another.
   */
  #cellOf(number: number): number {
    const turn = (number >> 1) * STEP;
    return number % 2 === 1 ? turn % this.#cells.length : this.#sound[turn % this.#sound.length]!;
  }

  #compose(plan: RequestPlan): Sent {
    const order = String(this.#orders.at(-1 - (plan.text.length % Math.max(1, this.#orders.length))) ?? 7);
    const parts = plan.pairs.map(
      ([name, value]) =>
        `${name}=${value.replace(encodeURIComponent(SOME_ORDER), order).replace(NOW, String(this.#exchange.nowMs()))}`,
    );
    const half =
      plan.place === Place.QUERY ? parts.length : plan.place === Place.BODY ? 0 : parts.length >> 1;
    let query = parts.slice(0, half).join("&");
    let body = parts.slice(half).join("&") + plan.rawBody;
    const headers: Record<string, string> = {};
    if (plan.contentType !== "") headers["content-type"] = plan.contentType;
    if (plan.isSigned) {
      const { apiKey, signature } = this.#sign(plan, query + body);
      if (apiKey !== undefined) headers["x-mbx-apikey"] = apiKey;
      if (signature !== undefined) {
        const text = `signature=${signature}`;
        if (plan.place === Place.QUERY || plan.rawBody !== "") query += query === "" ? text : `&${text}`;
        else body += body === "" ? text : `&${text}`;
      }
    }
    return { method: plan.method, url: query === "" ? plan.path : `${plan.path}?${query}`, headers, body };
  }

  #sign(plan: RequestPlan, payload: string): { apiKey?: string; signature?: string } {
    const key = this.#exchange[plan.account];
    const other = this.#exchange[plan.account === "alice" ? "bob" : "alice"];
    const { apiKey } = key;
    const signature = hmac(key, payload);
    switch (plan.signing) {
      case Signing.RIGHT:
        return { apiKey, signature };
      case Signing.NO_KEY:
        return { signature };
      case Signing.KEY_OF_NO_FORM:
        return { apiKey: "short!", signature };
      case Signing.UNKNOWN_KEY:
        return { apiKey: "q".repeat(64), signature };
      case Signing.READ_ONLY_KEY: {
        const reader = this.#readers[plan.account];
        return { apiKey: reader.apiKey, signature: hmac(reader, payload) };
      }
      case Signing.NO_SIGNATURE:
        return { apiKey };
      case Signing.EMPTY_SIGNATURE:
        return { apiKey, signature: "" };
      case Signing.OTHERS_SECRET:
        return { apiKey, signature: hmac(other, payload) };
      case Signing.CHANGED_BYTE:
        return { apiKey, signature: signature.slice(0, -1) + (signature.endsWith("0") ? "1" : "0") };
      case Signing.ANY_TEXT:
        return { apiKey, signature: encodeURIComponent(plan.text) };
      case Signing.TWICE:
        return { apiKey, signature: `${signature}&signature=${signature}` };
    }
  }

  async #send({ method, url, headers, body }: Sent): Promise<Heard> {
    const answer = await this.#exchange.gateway.app.inject({
      method: method as "GET",
      url,
      headers,
      ...(body === "" ? {} : { payload: Buffer.from(body, "utf8") }),
    });
    return {
      status: answer.statusCode,
      text: answer.body,
      type: String(answer.headers["content-type"]),
      headers: answer.headers,
    };
  }

  /** What is wrong with an answer, or undefined. */
  #judge({ whole, operation }: Cell, plan: RequestPlan, heard: Heard): string | undefined {
    const { status, text, type, headers } = heard;
    if (status >= 500 && status !== 503) return `status ${status}`;
    if (plan.method === "HEAD") return undefined;
    // A question mark at the end leaves the path as it is.
    const isOther =
      whole === Whole.OTHER_PATH && (plan.method !== operation.method || plan.path !== `${operation.path}?`);
    const note = status === 200 ? operation.answer : isOther ? OTHER_REFUSAL : operation.refusals.get(status);
    if (note === undefined) return `the document tells of no status ${status}`;
    const { mediaType, schema } = note;
    if (type.split(";")[0] !== mediaType) return `content type ${type}`;
    let body: unknown = text;
    if (mediaType === "application/json") {
      try {
        body = JSON.parse(text);
      } catch {
        return "the body is no JSON";
      }
    }
    const missing = note.headers.find((name) => headers[name] === undefined);
    if (missing !== undefined) return `the answer has no header ${missing}`;
    const against = status === 200 ? objection(operation, plan) : undefined;
    if (against !== undefined) return `it was done, but the document does not allow it: ${against}`;
    return this.#check.at(schema)(body) ?? (status === 200 ? undefined : notInList(status, body as Refused));
  }

  #remember(text: string): void {
    const match = /"orderId":(\d+)/.exec(text.slice(0, 200));
    if (match === null) return;
    this.#orders.push(Number(match[1]));
    if (this.#orders.length > 40) this.#orders.shift();
  }
}

/** Of paths that are none of the document's. */
const OTHER_REFUSAL: AnswerNote = {
  mediaType: "application/json",
  schema: "/components/schemas/Refusal",
  headers: [],
};

/** The API's own form, or that of charts, which has no code. */
type Refused = { readonly code: number; readonly msg: string } | { readonly errmsg: string };

const FORMS = Object.values<ErrorEntry>(ApiErrors).map(({ code, status, message }) => {
  const words = message.split("%s").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { code, status, form: new RegExp(`^${words.join("[^]*")}$`) };
});

function notInList(status: number, refused: Refused): string | undefined {
  const [code, msg] = "errmsg" in refused ? [undefined, refused.errmsg] : [refused.code, refused.msg];
  const known = FORMS.some(
    (entry) => (code ?? entry.code) === entry.code && entry.status === status && entry.form.test(msg),
  );
  return known ? undefined : `${status} ${code ?? ""} "${msg}" is not in the list of errors`;
}

function codeOf(text: string): string {
  return /"code":(-?\d+)/.exec(text)?.[1] ?? "";
}
