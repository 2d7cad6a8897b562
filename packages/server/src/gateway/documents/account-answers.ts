/** Answers about an account: balances, trades, fees, limits, assets, its key. */
import { RateLimit } from "./general-answers.js";
import { Discount } from "./order-answers.js";
import { prevention } from "./order-terms.js";
import {
  amount,
  assetName,
  count,
  id,
  idOrNone,
  listOf,
  ms,
  object,
  only,
  optional,
  symbolName,
  text,
  yesNo,
} from "./terms.js";

const Fees = object(
  { maker: amount(), taker: amount(), buyer: amount(), seller: amount() },
  { title: "Fees", description: "As shares of what is received: 0.001 is 0.1 %." },
);

export const Account = object(
  {
    makerCommission: count("In 0.01 %."),
    takerCommission: count("In 0.01 %."),
    buyerCommission: count("In 0.01 %."),
    sellerCommission: count("In 0.01 %."),
    commissionRates: Fees,
    canTrade: yesNo(),
    canWithdraw: yesNo(),
    canDeposit: yesNo(),
    brokered: yesNo(),
    requireSelfTradePrevention: yesNo(),
    preventSor: yesNo(),
    updateTime: ms(),
    accountType: only("SPOT"),
    balances: listOf(
      object({ asset: assetName(), free: amount(), locked: amount("In open orders.") }, { title: "Balance" }),
    ),
    permissions: listOf(text()),
    uid: id("The account's number."),
  },
  { title: "Account" },
);

export const AccountTrades = listOf(
  object(
    {
      symbol: symbolName(),
      id: id(),
      orderId: id(),
      orderListId: idOrNone("The order list's id, −1 without one."),
      price: amount(),
      qty: amount(),
      quoteQty: amount(),
      commission: amount(),
      commissionAsset: assetName(),
      time: ms(),
      isBuyer: yesNo(),
      isMaker: yesNo(),
      isBestMatch: yesNo(),
    },
    { title: "AccountTrade" },
  ),
);

const lost = (whose: string) => optional(amount(`What the ${whose} lost; left out when it lost nothing.`));
export const PreventedMatches = listOf(
  object(
    {
      symbol: symbolName(),
      preventedMatchId: id("Rises with time, with gaps; the same as `v` of the account's events."),
      takerOrderId: id(),
      makerSymbol: symbolName(),
      makerOrderId: id(),
      tradeGroupId: idOrNone("Always −1: accounts belong to no trade group."),
      selfTradePreventionMode: prevention(),
      price: amount("At which they would have traded."),
      takerPreventedQuantity: lost("taker"),
      makerPreventedQuantity: lost("maker"),
      transactTime: ms(),
    },
    { title: "PreventedMatch" },
  ),
);

export const Commission = object(
  {
    symbol: symbolName(),
    standardCommission: Fees,
    specialCommission: Fees,
    taxCommission: Fees,
    discount: Discount,
  },
  { title: "Commission" },
);

export const OrderRateLimits = listOf(RateLimit);

export const TradeFees = listOf(
  object(
    { symbol: symbolName(), makerCommission: amount(), takerCommission: amount() },
    { title: "TradeFee" },
  ),
);

const Network = object(
  {
    network: text(),
    coin: assetName(),
    withdrawIntegerMultiple: amount(),
    isDefault: yesNo(),
    depositEnable: yesNo(),
    withdrawEnable: yesNo(),
    depositDesc: text(),
    withdrawDesc: text(),
    specialTips: text(),
    name: text(),
    resetAddressStatus: yesNo(),
    addressRegex: text(),
    memoRegex: text(),
    withdrawFee: amount(),
    withdrawMin: amount(),
    withdrawMax: amount(),
    minConfirm: count(),
    unLockConfirm: count(),
    sameAddress: yesNo(),
    estimatedArrivalTime: count(),
    busy: yesNo(),
  },
  { title: "Network" },
);

export const Coins = listOf(
  object(
    {
      coin: assetName(),
      depositAllEnable: yesNo(),
      free: amount(),
      freeze: amount(),
      ipoable: amount(),
      ipoing: amount(),
      isLegalMoney: yesNo(),
      locked: amount(),
      name: text(),
      storage: amount(),
      trading: yesNo(),
      withdrawAllEnable: yesNo(),
      withdrawing: amount(),
      networkList: listOf(Network),
    },
    { title: "Coin" },
  ),
);

export const ApiRestrictions = object(
  {
    ipRestrict: yesNo(),
    createTime: ms(),
    enableReading: yesNo(),
    enableSpotAndMarginTrading: yesNo(),
    enableWithdrawals: yesNo(),
    enableInternalTransfer: yesNo(),
    enableMargin: yesNo(),
    enableFutures: yesNo(),
    permitsUniversalTransfer: yesNo(),
    enableVanillaOptions: yesNo(),
    enablePortfolioMarginTrading: yesNo(),
    enableFixApiTrade: yesNo(),
    enableFixReadOnly: yesNo(),
  },
  { title: "ApiRestrictions" },
);

export const Countdown = object(
  {
    countdownTime: count("As it was sent, in ms."),
    cancelTime: ms("When all open orders will be canceled, ms since 1970; 0: they won't."),
  },
  { title: "Countdown" },
);
