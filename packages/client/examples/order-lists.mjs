/** Bought, then either sold dearer or sold at a loss that is bearable: an OTOCO, placed, looked up and canceled. */
import { RestClient } from "@buttonwood/client";
import { keys, url } from "./demo.mjs";

const alice = new RestClient({ url, credentials: keys.alice });

// The client names the list and its orders: it is placed once, however often it has to be sent.
const list = await alice.placeOtoco({
  symbol: "BTCUSDT",
  workingType: "LIMIT",
  workingSide: "BUY",
  workingPrice: "50000.00",
  workingQuantity: "0.01",
  workingTimeInForce: "GTC",
  pendingSide: "SELL",
  pendingQuantity: "0.01",
  pendingAboveType: "LIMIT_MAKER",
  pendingAbovePrice: "70000.00",
  pendingBelowType: "STOP_LOSS",
  pendingBelowStopPrice: "45000.00",
});
for (const { type, side, status } of list.orderReports) console.log(side, type, status);

const { orderListId } = list;
console.log((await alice.orderList({ orderListId })).listOrderStatus);
console.log((await alice.cancelOrderList({ symbol: "BTCUSDT", orderListId })).listOrderStatus);
