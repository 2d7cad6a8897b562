/** The exchange's book, kept here and proved: no update is missing, or it says so. */
import { bookDigest, LocalOrderBook, MarketStreams, RestClient } from "@buttonwood/client";
import { keys, url } from "./demo.mjs";

const api = new RestClient({ url, credentials: keys.alice });
const streams = await MarketStreams.open({ url, api });

const book = await LocalOrderBook.open({ symbol: "BTCUSDT", streams, api });
book.onState((state) => console.log("book:", state));

for (let i = 0; i < 10; i++) {
  await api.placeOrder({
    symbol: "BTCUSDT",
    side: "BUY",
    type: "LIMIT",
    timeInForce: "GTC",
    price: `${50_000 + i}.00`,
    quantity: "0.01",
  });
}

// Updates come every 100 ms: after them the book is the exchange's, to the last digit.
let depth = await api.depth({ symbol: "BTCUSDT", limit: 1000 });
while (book.lastUpdateId < depth.lastUpdateId) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  depth = await api.depth({ symbol: "BTCUSDT", limit: 1000 });
}
console.log("best", book.bestBid, book.bestAsk, "as of update", book.lastUpdateId);
console.log("the same:", (await book.digest()) === (await bookDigest(depth)));

await api.cancelOpenOrders({ symbol: "BTCUSDT" });
book.close();
streams.close();
