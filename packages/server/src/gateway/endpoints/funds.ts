/** The /sapi paths that trading clients call beside the market's own. */
import { Type } from "#typebox";
import type { AssetEntry } from "../../transport/engine-port.js";
import { ppmText, unitsText } from "../catalog.js";
import { ApiRestrictions, Coins, TradeFees } from "../documents/account-answers.js";
import { SystemStatus } from "../documents/general-answers.js";
import { endpoint, marketOf, Security, toMs } from "../endpoint.js";
import { refusal } from "../errors.js";
import { array, quoted } from "../json.js";
import { flag, optional, symbol } from "../parameters.js";
import { NEVER_US } from "../session/key-store.js";

export const systemStatus = endpoint({
  summary: "Whether the exchange is open.",
  security: Security.NONE,
  weight: 1,
  parameters: Type.Object({}),
  response: SystemStatus,
  handle: () => '{"status":0,"msg":"normal"}',
});

export const tradeFee = endpoint({
  summary: "Fees of one market or of all.",
  security: Security.READ,
  weight: 1,
  parameters: Type.Object({ symbol: optional(symbol()) }),
  response: TradeFees,
  handle: (context, parameters) => {
    const markets =
      parameters.symbol === undefined ? context.catalog.markets : [marketOf(context, parameters.symbol)];
    return array(
      markets.map(
        (market) =>
          `{"symbol":${market.symbolJson},"makerCommission":"${ppmText(market.makerFeePpm)}",` +
          `"takerCommission":"${ppmText(market.takerFeePpm)}"}`,
      ),
    );
  },
});

export const allCoins = endpoint({
  summary: "All assets, with the account's balances.",
  security: Security.READ,
  weight: 10,
  parameters: Type.Object({ includeEtf: optional(flag()) }),
  response: Coins,
  handle: async (context, _parameters, caller) => {
    const held = await context.engine.query({ kind: "balances", account: caller.account });
    const byAsset = new Map(held.map((balance) => [balance.asset, balance]));
    return array(
      context.catalog.assets.map((asset) => {
        const { free = 0, locked = 0 } = byAsset.get(asset.asset) ?? {};
        return coinJson(asset, free, locked);
      }),
    );
  },
});

/** Assets move by the operator's hand, on one network of the exchange's own name. */
function coinJson({ name, decimals }: AssetEntry, free: number, locked: number): string {
  const none = unitsText(0, decimals);
  const unit = unitsText(1, decimals);
  const coin = quoted(name);
  return (
    `{"coin":${coin},"depositAllEnable":true,"free":"${unitsText(free, decimals)}","freeze":"${none}",` +
    `"ipoable":"${none}","ipoing":"${none}","isLegalMoney":false,"locked":"${unitsText(locked, decimals)}",` +
    `"name":${coin},"storage":"${none}","trading":true,"withdrawAllEnable":true,"withdrawing":"${none}",` +
    `"networkList":[{"network":${coin},"coin":${coin},"withdrawIntegerMultiple":"${unit}","isDefault":true,` +
    `"depositEnable":true,"withdrawEnable":true,"depositDesc":"","withdrawDesc":"","specialTips":"",` +
    `"name":"Operator","resetAddressStatus":false,"addressRegex":"","memoRegex":"","withdrawFee":"${none}",` +
    `"withdrawMin":"${unit}","withdrawMax":"${unitsText(2 ** 52, decimals)}","minConfirm":0,"unLockConfirm":0,` +
    `"sameAddress":false,"estimatedArrivalTime":0,"busy":false}]}`
  );
}

export const apiRestrictions = endpoint({
  summary: "What the API key may do.",
  security: Security.READ,
  weight: 1,
  parameters: Type.Object({}),
  response: ApiRestrictions,
  handle: (_context, _parameters, { credential }) => {
    if (credential === undefined) throw refusal("REJECTED_API_KEY");
    const { canRead, canTrade, createdUs, expiresUs, allowed } = credential;
    // The convention's name for when a key stops trading: here it stops as a whole.
    const expiry = expiresUs === NEVER_US ? "" : `"tradingAuthorityExpirationTime":${toMs(expiresUs)},`;
    return (
      `{"ipRestrict":${allowed !== undefined},"createTime":${toMs(createdUs)},${expiry}` +
      `"enableReading":${canRead},"enableSpotAndMarginTrading":${canTrade},"enableWithdrawals":false,` +
      '"enableInternalTransfer":false,"enableMargin":false,"enableFutures":false,"permitsUniversalTransfer":false,' +
      '"enableVanillaOptions":false,"enablePortfolioMarginTrading":false,"enableFixApiTrade":false,' +
      '"enableFixReadOnly":false}'
    );
  },
});
