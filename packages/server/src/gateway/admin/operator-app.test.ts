import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { FastifyInstance } from "fastify";
import { Type } from "#typebox";
import { createOperatorApp } from "./operator-app.js";

const BODY = Type.Object(
  { name: Type.String({ pattern: "^[a-z]+$" }), decimals: Type.Integer({ minimum: 0, default: 8 }) },
  { additionalProperties: false },
);
const QUERY = Type.Object({ account: Type.Union([Type.Integer(), Type.String({ minLength: 1 })]) });
const ANSWER = Type.Array(Type.Object({ name: Type.String(), decimals: Type.Integer() }));

describe("an operator's app", () => {
  const kept = [{ name: "usd", decimals: 2, secret: "hidden" }];
  let app: FastifyInstance;

  before(() => {
    app = createOperatorApp(["/assets"]);
    app.get("/assets", { schema: { response: { 200: ANSWER } } }, () => kept);
    app.get("/balances", { schema: { querystring: QUERY } }, ({ query }) => query);
    app.get("/wrong", { schema: { response: { 200: ANSWER } } }, () => [{ name: "usd" }]);
    app.post<{ Body: unknown }>("/assets", { schema: { body: BODY } }, ({ body }) => body);
  });

  after(() => app.close());

  const post = async (payload: unknown): Promise<{ status: number; body: unknown }> => {
    const headers = { "content-type": "application/json" };
    const response = await app.inject({
      method: "POST",
      url: "/assets",
      headers,
      body: JSON.stringify(payload),
    });
    return { status: response.statusCode, body: response.json() };
  };

  it("answers with what the schema names and nothing else, and leaves the object as it was", async () => {
    const response = await app.inject({ method: "GET", url: "/assets" });
    assert.deepEqual(response.json(), [{ name: "usd", decimals: 2 }]);
    assert.equal(kept[0]!.secret, "hidden");
  });

  it("fills in what has a default", async () => {
    assert.deepEqual(await post({ name: "eth" }), { status: 200, body: { name: "eth", decimals: 8 } });
  });

  it("takes no text for a number, and says which value does not fit", async () => {
    const { status, body } = await post({ name: "eth", decimals: "8" });
    assert.equal(status, 400);
    assert.deepEqual(body, {
      error: {
        code: "INVALID_REQUEST",
        message: "The request does not fit: decimals must be integer.",
        hint: "Correct it and send again.",
      },
    });
  });

  it("names what it does not know, and all that a value might be, in few and printable characters", async () => {
    const faultOf = async (payload: unknown): Promise<string> =>
      ((await post(payload)).body as { error: { message: string } }).error.message;
    assert.equal(
      await faultOf({ name: "eth", "a/b": 1 }),
      "The request does not fit: a/b is not known here.",
    );
    const odd = await faultOf({ name: "eth", [`\u001b[2J${"x".repeat(500)}`]: 1 });
    assert.match(odd, /^The request does not fit: \?\[2Jx{36}… is not known here\.$/);
    for (const [url, fault] of [
      ["/balances", "the query must have required properties account"],
      ["/balances?account=", "account must be integer or must not have fewer than 1 characters"],
    ] as const) {
      const response = await app.inject({ method: "GET", url });
      assert.equal(response.statusCode, 400);
      assert.equal(response.json().error.message, `The request does not fit: ${fault}.`);
    }
  });

  it("fails loudly when an answer lacks what its schema names", async () => {
    const response = await app.inject({ method: "GET", url: "/wrong" });
    assert.equal(response.statusCode, 500);
    assert.equal(response.json().error.code, "INTERNAL");
  });

  it("refuses values that the schema does not name, lists for objects, and no body at all", async () => {
    for (const wrong of [{ name: "eth", more: 1 }, [], null, "eth", { name: "ETH" }, {}]) {
      const { status, body } = await post(wrong);
      assert.equal(status, 400, JSON.stringify(wrong));
      assert.match(JSON.stringify(body), /"code":"INVALID_REQUEST".*does not fit/, JSON.stringify(wrong));
    }
    assert.equal((await app.inject({ method: "POST", url: "/assets" })).statusCode, 400);
  });
});
