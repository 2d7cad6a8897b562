/** Answers about what changed an account's balances. */
import { amount, assetName, id, listOf, member, ms, object, optional, symbolName, text } from "./terms.js";

/** Why a balance changed. */
export const LedgerEntryType = {
  DEPOSIT: "DEPOSIT",
  WITHDRAWAL: "WITHDRAWAL",
  /** What a trade gave and took, without its commission. */
  TRADE: "TRADE",
  COMMISSION: "COMMISSION",
} as const;
export type LedgerEntryType = (typeof LedgerEntryType)[keyof typeof LedgerEntryType];

const ofTrade = "Of a trade or its commission.";

export const LedgerEntries = listOf(
  object(
    {
      id: text("The entry's own id, for `fromId` and `beforeId`: nothing is to be read from it."),
      time: ms(),
      type: member(Object.values(LedgerEntryType)),
      asset: assetName(),
      amount: amount("What came to the balance; with a minus, what went."),
      reference: optional(text("Of a deposit or a withdrawal: its own id, as the operator gave it.")),
      symbol: optional(symbolName()),
      tradeId: optional(id(ofTrade)),
      orderId: optional(id(ofTrade)),
    },
    { title: "LedgerEntry" },
  ),
);
