/** What trades here, and what is happening: by calls, and as it happens. */
import { MarketStreams, RestClient } from "@buttonwood/client";
import { keys, url } from "./demo.mjs";

const api = new RestClient({ url });

const { symbols } = await api.exchangeInfo();
console.log(symbols.map(({ symbol, status }) => `${symbol} ${status}`).join(", "));

const { bids, asks } = await api.depth({ symbol: "BTCUSDT", limit: 5 });
console.log("bids", bids, "asks", asks);

const candles = await api.klines({ symbol: "BTCUSDT", interval: "1m", limit: 3 });
for (const { openTime, open, close } of candles) console.log(new Date(openTime).toISOString(), open, close);

// All streams of one MarketStreams share one connection.
const streams = await MarketStreams.open({ url, api });
const trades = streams.trades("BTCUSDT");
trades.onGap((gap) => console.log("trades:", gap));
await trades.ready;

// Somebody has to trade, so that there is something to see.
const alice = new RestClient({ url, credentials: keys.alice });
const bob = new RestClient({ url, credentials: keys.bob });
const order = { symbol: "BTCUSDT", type: "LIMIT", timeInForce: "GTC", price: "60000.00", quantity: "0.001" };
const reading = (async () => {
  for await (const { t, p, q } of trades) {
    console.log(`trade ${t}: ${q} at ${p}`);
    break;
  }
})();
await bob.placeOrder({ ...order, side: "SELL" });
await alice.placeOrder({ ...order, side: "BUY" });
await reading;
streams.close();
