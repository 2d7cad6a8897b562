/** What a load is sent to, and by whom. */
import type { LoadKey } from "@buttonwood/bench";
import type { AdminClient } from "./admin-client.js";

/** The markets of a first start. */
export const BENCH_SYMBOLS = ["AAPLUSD", "GOOGUSD", "MSFTUSD", "BTCUSDT", "ETHUSDT"];

/** Accounts that orders are spread over. */
export const BENCH_ACCOUNTS = 32;

/** Funds of each account: much more than any run moves. */
const FUNDS: readonly (readonly [asset: string, amount: string])[] = [
  ["USD", "10000000"],
  ["USDT", "10000000"],
  ["AAPL", "100000"],
  ["GOOG", "100000"],
  ["MSFT", "100000"],
  ["BTC", "1000"],
  ["ETH", "10000"],
];

/** Opens funded accounts and makes a key for each. Their names are new in every run. */
export async function openBenchAccounts(
  admin: AdminClient,
  count: number,
  onProgress: (done: number) => void,
): Promise<LoadKey[]> {
  const run = Date.now().toString(36);
  const keys: LoadKey[] = [];
  for (let i = 0; i < count; i++) {
    const account = `bench-${run}-${i}`;
    await admin.openAccount(account);
    for (const [asset, amount] of FUNDS) {
      await admin.deposit({ account, asset, amount, reference: `${account} ${asset}` });
    }
    // A load is to find the exchange's own limits, not those that are set for its users.
    keys.push(
      await admin.createKey({ account, label: "bench", scopes: ["READ", "TRADE"], rateLimits: "none" }),
    );
    onProgress(i + 1);
  }
  return keys;
}
