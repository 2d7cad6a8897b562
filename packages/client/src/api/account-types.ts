/** What an account has and did. Amounts are plain decimals in text, times ms since 1970. */
import type { SelfTradePrevention } from "./market-data-types.js";

export interface Balance {
  readonly asset: string;
  readonly free: string;
  readonly locked: string;
}

export interface CommissionRates {
  readonly maker: string;
  readonly taker: string;
  readonly buyer: string;
  readonly seller: string;
}

export interface Account {
  /** Highest of all markets, in units of 0.01 %. */
  readonly makerCommission: number;
  readonly takerCommission: number;
  readonly buyerCommission: number;
  readonly sellerCommission: number;
  readonly commissionRates: CommissionRates;
  readonly canTrade: boolean;
  readonly canWithdraw: boolean;
  readonly canDeposit: boolean;
  readonly brokered: boolean;
  readonly requireSelfTradePrevention: boolean;
  readonly preventSor: boolean;
  readonly updateTime: number;
  readonly accountType: "SPOT";
  readonly balances: readonly Balance[];
  readonly permissions: readonly string[];
  readonly uid: number;
}

export interface AccountTrade {
  readonly symbol: string;
  readonly id: number;
  readonly orderId: number;
  readonly orderListId: number;
  readonly price: string;
  readonly qty: string;
  readonly quoteQty: string;
  readonly commission: string;
  readonly commissionAsset: string;
  readonly time: number;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
  readonly isBestMatch: boolean;
}

/** Why a balance changed. TRADE: what a trade gave or took, without its commission. */
export type LedgerEntryType = "DEPOSIT" | "WITHDRAWAL" | "TRADE" | "COMMISSION";

/** One change of one balance. */
export interface LedgerEntry {
  /** Its own, for asking on from it or back from it. */
  readonly id: string;
  readonly time: number;
  readonly type: LedgerEntryType;
  readonly asset: string;
  /** What came to the balance; with a minus, what went. */
  readonly amount: string;
  /** Of a deposit or a withdrawal: its own id, as the operator gave it. */
  readonly reference?: string;
  /** Of a trade or its commission. */
  readonly symbol?: string;
  readonly tradeId?: number;
  readonly orderId?: number;
}

export interface Commission {
  readonly symbol: string;
  readonly standardCommission: CommissionRates;
  readonly specialCommission: CommissionRates;
  readonly taxCommission: CommissionRates;
  readonly discount: {
    readonly enabledForAccount: boolean;
    readonly enabledForSymbol: boolean;
    readonly discountAsset: string;
    readonly discount: string;
  };
}

export interface TradeFee {
  readonly symbol: string;
  readonly makerCommission: string;
  readonly takerCommission: string;
}

export interface Coin {
  readonly coin: string;
  readonly name: string;
  readonly free: string;
  readonly locked: string;
  readonly freeze: string;
  readonly withdrawing: string;
  readonly trading: boolean;
  readonly isLegalMoney: boolean;
  readonly networkList: readonly Readonly<Record<string, unknown>>[];
}

export interface ApiRestrictions {
  readonly ipRestrict: boolean;
  readonly createTime: number;
  readonly enableReading: boolean;
  readonly enableSpotAndMarginTrading: boolean;
  readonly enableWithdrawals: boolean;
}

/** What self-trade prevention kept from matching. */
export interface PreventedMatch {
  readonly symbol: string;
  /** Rises with time, with gaps; `v` of the account's events. */
  readonly preventedMatchId: number;
  readonly takerOrderId: number;
  readonly makerSymbol: string;
  readonly makerOrderId: number;
  readonly tradeGroupId: number;
  readonly selfTradePreventionMode: SelfTradePrevention;
  readonly price: string;
  readonly takerPreventedQuantity?: string;
  readonly makerPreventedQuantity?: string;
  readonly transactTime: number;
}
