/** The operator's listener of a running exchange: a socket in its data folder. */
import { request } from "node:http";
import { join } from "node:path";
import type { ApiKey, Exchange } from "./exchange.js";

/** Calls it and returns the body; throws on any other status than 2xx. */
export function operator(
  exchange: { readonly data: string },
  method: string,
  path: string,
  body?: object,
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the tests.
): Promise<any> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath: join(exchange.data, "admin.sock"),
        method,
        path,
        headers: text === undefined ? {} : { "content-type": "application/json" },
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          answer += chunk;
        });
        response.on("end", () => {
          const { statusCode = 0 } = response;
          if (statusCode < 200 || statusCode > 299) {
            reject(new Error(`${method} ${path}: ${statusCode} ${answer}`));
          } else {
            resolve(answer === "" ? undefined : JSON.parse(answer));
          }
        });
      },
    );
    sent.on("error", reject);
    sent.end(text);
  });
}

/** Digest of the whole state: the same before and after means that nothing at all has changed. */
export async function stateDigest(exchange: Exchange): Promise<string> {
  const { sequence, digest } = await operator(exchange, "GET", "/v1/status");
  return `${sequence}/${digest}`;
}

/** Keys of the demo accounts for which no rate limits hold: a load is not to be told apart from a fault by them. */
export async function unlimitedKeys(exchange: {
  readonly data: string;
}): Promise<Readonly<Record<"alice" | "bob", ApiKey>>> {
  const make = (account: string): Promise<ApiKey> =>
    operator(exchange, "POST", "/v1/keys", { account, label: "load", rateLimits: "none" });
  return { alice: await make("alice"), bob: await make("bob") };
}
