/** What a browser does with cookies, origins and the CSRF token, over an app without a port. */
import type { FastifyInstance } from "fastify";

export interface BrowserAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the tests.
  readonly body: any;
  /** The refusal's code; "" for none. */
  readonly code: string;
}

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

const HOST = "exchange.test:8080";

export class TestBrowser {
  cookie = "";
  csrfToken = "";

  constructor(
    readonly app: FastifyInstance,
    readonly address = "203.0.113.1",
  ) {}

  /** Sends a request as the exchange's own page does; `headers` change that, undefined leaves one out. */
  async send(
    method: Method,
    url: string,
    body?: object,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<BrowserAnswer> {
    const sent: Record<string, string | undefined> = {
      host: HOST,
      "user-agent": "Test/1",
      ...(method === "GET" ? {} : { origin: `http://${HOST}`, "sec-fetch-site": "same-origin" }),
      ...(this.cookie === "" ? {} : { cookie: this.cookie }),
      ...(this.csrfToken === "" ? {} : { "x-csrf-token": this.csrfToken }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    };
    const answer = await this.app.inject({
      method,
      url,
      remoteAddress: this.address,
      headers: Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >,
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    for (const { name, value } of answer.cookies) this.cookie = value === "" ? "" : `${name}=${value}`;
    const isJson = String(answer.headers["content-type"]).startsWith("application/json");
    const parsed = isJson && answer.body !== "" ? JSON.parse(answer.body) : answer.body;
    if (typeof parsed?.csrfToken === "string") this.csrfToken = parsed.csrfToken;
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: parsed,
      code: parsed?.error?.code ?? "",
    };
  }

  signIn(login: string, password: string, code?: string): Promise<BrowserAnswer> {
    const body = { login, password, ...(code === undefined ? {} : { code }) };
    return this.send("POST", "/account/v1/sign-in", body);
  }
}
