import { type PlacedOrder, plainDecimal, type RestingTimeInForce } from "@buttonwood/client";
import { type FormEvent, useState } from "react";
import type { AccountFeed } from "../account/account-feed.js";
import { shown, shownAmount } from "../format.js";
import type { BookView, SymbolFeed } from "../market/symbol-feed.js";
import type { Market } from "../parts/market-of.js";
import { RefusalNote } from "../parts/refusal-note.js";
import { Signal, useSignal } from "../signal.js";
import {
  badField,
  type Draft,
  FIELD_LABELS,
  fieldsOf,
  hasTimeInForce,
  orderOf,
  quantityOfShare,
  TicketType,
  totalOf,
} from "./draft.js";
import { type Refusal, refusalOf } from "./refusal-text.js";

const TYPE_LABELS: Readonly<Record<TicketType, string>> = {
  LIMIT: "Limit",
  MARKET: "Market",
  STOP_LOSS_LIMIT: "Stop-loss limit",
  LIMIT_MAKER: "Post only (limit maker)",
};
const TIMES_IN_FORCE: Readonly<Record<RestingTimeInForce, string>> = {
  GTC: "GTC: until canceled",
  IOC: "IOC: now, rest is canceled",
  FOK: "FOK: all of it now, or nothing",
};

const NO_BALANCES: AccountFeed["balances"] = new Signal(new Map());
const NO_BOOK = new Signal<BookView>({ bids: [], asks: [], isSynced: false, lastUpdateId: undefined });

interface Props {
  readonly draft: Draft;
  readonly onDraft: (change: (draft: Draft) => Draft) => void;
  readonly market: Market;
  readonly feed: SymbolFeed | undefined;
  readonly account: AccountFeed | undefined;
  /** After an answer that may mean that the market's state has changed. */
  readonly onRefused: () => void;
}

export function OrderTicket({ draft, onDraft, market, feed, account, onRefused }: Props) {
  const balances = useSignal(account?.balances ?? NO_BALANCES);
  const isMarket = draft.type === "MARKET";
  // Only a market order changes with the book: the form is not drawn again for others.
  const book = useSignal(isMarket && feed !== undefined ? feed.book : NO_BOOK);
  const [isSending, setIsSending] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const [done, setDone] = useState<string>();
  const [percent, setPercent] = useState(0);

  const isBuy = draft.side === "BUY";
  const givenAsset = isBuy ? market.quote : market.base;
  const free = balances.get(givenAsset)?.free ?? "0";
  const total = totalOf(draft, isBuy ? book.asks : book.bids);
  const fields = fieldsOf(draft.type);

  const change = (fields: Partial<Draft>): void => {
    setRefusal(undefined);
    setDone(undefined);
    if (fields.quantity === undefined && fields.side === undefined) setPercent(0);
    onDraft((draft) => ({ ...draft, ...fields }));
  };
  const takeShare = (share: number): void => {
    // Without a price it is reckoned, and will be ordered, at the best one.
    const now = feed?.book.value ?? NO_BOOK.value;
    const best = (isBuy ? now.asks : now.bids)[0]?.[0];
    const price = isMarket || draft.price === "" ? best : draft.price;
    const quantity = quantityOfShare(draft.side, free, share, price, market.step);
    if (quantity === undefined) return;
    setPercent(share);
    change({
      quantity,
      ...(!isMarket && draft.price === "" && best !== undefined ? { price: plainDecimal(best) } : {}),
    });
  };

  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isSending) return;
    setDone(undefined);
    const session = account?.session;
    const bad = badField(draft);
    if (bad !== undefined) {
      setRefusal({ title: "Not sent", words: `${FIELD_LABELS[bad]} must be a plain number above zero.` });
      document.getElementById(`ticket-${bad}`)?.focus();
      return;
    }
    if (session === undefined) {
      const words =
        account === undefined
          ? "Enter your API key first: orders are signed with it."
          : "Your account is not connected yet.";
      setRefusal({ title: "Not sent", words });
      return;
    }
    setRefusal(undefined);
    setIsSending(true);
    try {
      const placed = await session.placeOrder(orderOf(market.symbol, draft));
      setDone(doneText(placed, market));
      setPercent(0);
      // Unless the next order is being written already.
      onDraft((now) => (now.quantity === draft.quantity ? { ...now, quantity: "" } : now));
    } catch (error) {
      setRefusal(refusalOf(error));
      onRefused();
    } finally {
      setIsSending(false);
    }
  };

  return (
    <section className="ticket" aria-label="Order ticket" data-side={draft.side}>
      <form onSubmit={(event) => void send(event)} noValidate>
        <fieldset className="sides">
          <legend className="hidden">Side</legend>
          {(["BUY", "SELL"] as const).map((side) => (
            <label key={side} data-side={side}>
              <input
                type="radio"
                name="side"
                checked={draft.side === side}
                onChange={() => {
                  setPercent(0);
                  change({ side });
                }}
              />
              {side === "BUY" ? "Buy" : "Sell"}
            </label>
          ))}
        </fieldset>
        <label className="field">
          <span>Type</span>
          <select value={draft.type} onChange={(event) => change({ type: event.target.value as TicketType })}>
            {Object.values(TicketType).map((type) => (
              <option key={type} value={type}>
                {TYPE_LABELS[type]}
              </option>
            ))}
          </select>
        </label>
        {fields.map((field) => (
          <label className="field" key={field}>
            <span>
              {FIELD_LABELS[field]} <small>{field === "quantity" ? market.base : market.quote}</small>
            </span>
            <input
              id={`ticket-${field}`}
              inputMode="decimal"
              autoComplete="off"
              value={draft[field]}
              onChange={(event) => {
                if (field === "quantity") setPercent(0);
                change({ [field]: event.target.value.trim() });
              }}
            />
          </label>
        ))}
        <label className="field share">
          <span>
            Share of free {givenAsset} <output>{percent} %</output>
          </span>
          <input
            type="range"
            min={0}
            max={100}
            step={5}
            value={percent}
            disabled={account === undefined}
            onChange={(event) => takeShare(Number(event.target.value))}
          />
        </label>
        {hasTimeInForce(draft.type) && (
          <label className="field">
            <span>Time in force</span>
            <select
              value={draft.timeInForce}
              onChange={(event) => change({ timeInForce: event.target.value as RestingTimeInForce })}
            >
              {Object.entries(TIMES_IN_FORCE).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        )}
        <dl className="preview">
          <div>
            <dt>Free</dt>
            <dd>
              {account === undefined ? "–" : shownAmount(free)} {givenAsset}
            </dd>
          </div>
          <div>
            <dt>{isMarket ? "Total, by the book now" : "Total"}</dt>
            <dd>
              {total === undefined ? "–" : `${isMarket ? "≈ " : ""}${shownAmount(total.quote)}`}{" "}
              {market.quote}
            </dd>
          </div>
        </dl>
        {total !== undefined && !total.isWhole && (
          <p className="hint">The book holds less than this quantity: the rest will not be filled.</p>
        )}
        {account === undefined && (
          <p className="hint">To trade, sign in, or enter your key in the account panel.</p>
        )}
        <button type="submit" className="send" disabled={isSending} data-side={draft.side}>
          {isSending ? "Sending…" : `${isBuy ? "Buy" : "Sell"} ${market.base}`}
        </button>
        <RefusalNote refusal={refusal} />
        <p role="status" className="done" data-empty={done === undefined || undefined}>
          {done}
        </p>
      </form>
    </section>
  );
}

function doneText(placed: PlacedOrder, market: Market): string {
  const { orderId, status, executedQty, origQty } = placed;
  const executed = shown(executedQty, market.quantityPlaces);
  switch (status) {
    case "FILLED":
      return `Filled ${executed} ${market.base} (order ${orderId}).`;
    case "NEW":
    case "PENDING_NEW":
      return `Order ${orderId} is open.`;
    case "PARTIALLY_FILLED":
      return `Order ${orderId} is open, ${executed} of ${shown(origQty, market.quantityPlaces)} ${market.base} filled.`;
    case "CANCELED":
    case "EXPIRED":
    case "EXPIRED_IN_MATCH":
    case "REJECTED":
      return `Order ${orderId} has ended, ${executed} of ${shown(origQty, market.quantityPlaces)} ${market.base} filled.`;
  }
}
