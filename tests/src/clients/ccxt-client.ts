import ccxt from "ccxt";
import type { ApiKey, Exchange } from "../support/exchange.js";

export type CcxtClient = InstanceType<typeof ccxt.pro.binance>;

/** The stock `binance` client of ccxt: only URLs, key and secret are changed, and it is told that it is a spot venue. */
export async function ccxtClient(
  exchange: Pick<Exchange, "url" | "webSocketUrl">,
  key: ApiKey,
): Promise<CcxtClient> {
  const client = new ccxt.pro.binance({
    apiKey: key.apiKey,
    secret: key.secretKey,
    options: { fetchMarkets: { types: ["spot"] }, fetchMargins: false },
  });
  Object.assign(client.urls.api as object, {
    public: `${exchange.url}/api/v3`,
    private: `${exchange.url}/api/v3`,
    v1: `${exchange.url}/api/v1`,
    sapi: `${exchange.url}/sapi/v1`,
    ws: {
      spot: `${exchange.webSocketUrl}/ws`,
      "ws-api": { spot: `${exchange.webSocketUrl}/ws-api/v3` },
    },
  });
  // ccxt loads its agents for plain http and ws only when asked.
  await client.loadHttpProxyAgent();
  return client;
}
