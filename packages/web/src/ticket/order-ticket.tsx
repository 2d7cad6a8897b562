import { plainDecimal } from "@buttonwood/client";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type AccountFeed, type AccountState, NO_COMMISSIONS } from "../account/account-feed.js";
import { toPlaces } from "../format.js";
import type { BookView, SymbolFeed } from "../market/symbol-feed.js";
import type { Market } from "../parts/market-of.js";
import { RefusalNote } from "../parts/refusal-note.js";
import { Signal, useSignal } from "../signal.js";
import { type Complaints, complaintsOf } from "./check.js";
import { composed, pendingQuantityOf, priceToReckon } from "./compose.js";
import { listDoneText, orderDoneText } from "./done-text.js";
import { changed, type Draft, type Field, type FieldOfType, fieldsOf, hasTimeInForce } from "./draft.js";
import { quantityOfShare, shareOf, totalOf } from "./preview.js";
import { type Refusal, refusalOf } from "./refusal-text.js";
import { fieldOfRefusal } from "./refused-field.js";
import {
  AmountField,
  PendingTypeSelect,
  PreventionSelect,
  Preview,
  SideChoice,
  TimeInForceSelect,
  TypeSelect,
  UnitSelect,
} from "./ticket-fields.js";

const NO_BALANCES: AccountFeed["balances"] = new Signal(new Map());
const NO_STATE = new Signal<AccountState>({ kind: "connecting" });
const NO_BOOK = new Signal<BookView>({ bids: [], asks: [], isSynced: false, lastUpdateId: undefined });
const NO_COMPLAINTS: Complaints = new Map();

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
  const rates = useSignal(account?.commissions ?? NO_COMMISSIONS).get(market.symbol);
  const accountState = useSignal(account?.state ?? NO_STATE).kind;
  useEffect(() => {
    if (accountState === "live") void account?.readCommission(market.symbol);
  }, [account, accountState, market.symbol]);
  const isMarket = draft.type === "MARKET";
  // Only a market order changes with the book: the form is not drawn again for others.
  const book = useSignal(isMarket && feed !== undefined ? feed.book : NO_BOOK);
  const [isSending, setIsSending] = useState(false);
  const [complaints, setComplaints] = useState(NO_COMPLAINTS);
  const [refusal, setRefusal] = useState<Refusal>();
  const [done, setDone] = useState<string>();
  const [percent, setPercent] = useState(0);
  const [hasRare, setHasRare] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  /** The field to go to, when what is wrong with it has been drawn. */
  const [wrong, setWrong] = useState<{ readonly field: Field }>();
  useEffect(() => {
    if (wrong !== undefined) form.current?.querySelector<HTMLElement>(`#ticket-${wrong.field}`)?.focus();
  }, [wrong]);

  const isBuy = draft.side === "BUY";
  const givenAsset = isBuy ? market.quote : market.base;
  const free = balances.get(givenAsset)?.free ?? "0";
  const total = totalOf(draft, isBuy ? book.asks : book.bids, market.step);
  const fields = fieldsOf(draft);
  const terms = { step: market.step, feeMax: rates === undefined ? undefined : higher(rates) };

  const change = (fields: Partial<Draft>): void => {
    setRefusal(undefined);
    setDone(undefined);
    setComplaints((known) => {
      // Another type or side has other fields, and other bounds.
      if ("type" in fields || "side" in fields || "timeInForce" in fields) return NO_COMPLAINTS;
      return new Map([...known].filter(([field]) => !(field in fields)));
    });
    onDraft((draft) => changed(draft, fields));
  };
  const type = (field: Field, text: string): void => {
    setPercent(0);
    change({ [field]: text });
  };
  const takeShare = (share: number): void => {
    if (isMarket && draft.unit === "QUOTE" && isBuy) {
      setPercent(share);
      change({ quoteQuantity: plainDecimal(toPlaces(shareOf(free, share), market.pricePlaces)) });
      return;
    }
    // Without a price it is reckoned, and will be ordered, at the best one.
    const now = feed?.book.value ?? NO_BOOK.value;
    const best = (isBuy ? now.asks : now.bids)[0]?.[0];
    const takesBest = !isMarket && draft.price === "" && fields.some(({ field }) => field === "price");
    const price = (takesBest ? undefined : priceToReckon(draft)) ?? best;
    const quantity = quantityOfShare(draft.side, free, share, price, market.step);
    if (quantity === undefined) return;
    setPercent(share);
    change({
      quantity,
      ...(isMarket ? ({ unit: "BASE" } as const) : {}),
      ...(takesBest && best !== undefined ? { price: plainDecimal(best) } : {}),
    });
  };

  const refuse = (complaints: Complaints, refusal: Refusal): void => {
    setComplaints(complaints);
    setRefusal(refusal);
    const field = complaints.keys().next().value;
    if (field === undefined) return;
    if (fields.some((each) => each.isRare && complaints.has(each.field))) setHasRare(true);
    setWrong({ field });
  };
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isSending) return;
    setDone(undefined);
    const found = complaintsOf(draft, market, Date.now());
    if (found.size > 0) {
      refuse(found, { title: "Not sent", words: [...found.values()].join(" ") });
      return;
    }
    const session = account?.session;
    if (session === undefined) {
      const words =
        account === undefined
          ? "Enter your API key first: orders are signed with it."
          : "Your account is not connected yet.";
      refuse(NO_COMPLAINTS, { title: "Not sent", words });
      return;
    }
    setRefusal(undefined);
    setIsSending(true);
    try {
      setDone(await placed(session, composed(market.symbol, draft, terms), market));
      setPercent(0);
      // Unless the next order is being written already.
      onDraft((now) => (now.quantity === draft.quantity ? { ...now, quantity: "", quoteQuantity: "" } : now));
    } catch (error) {
      const concerned = fieldOfRefusal(error, draft);
      refuse(
        concerned === undefined ? NO_COMPLAINTS : new Map([[concerned.field, concerned.words]]),
        refusalOf(error),
      );
      onRefused();
    } finally {
      setIsSending(false);
    }
  };

  const field = (shape: FieldOfType) => (
    <AmountField
      key={shape.field}
      shape={shape}
      value={draft[shape.field]}
      market={market}
      complaints={complaints}
      placeholder={shape.field === "pendingQuantity" ? pendingQuantityOf(draft, terms) : undefined}
      onChange={type}
    />
  );
  const common = fields.filter(({ isRare }) => !isRare);
  const rare = fields.filter(({ isRare }) => isRare);
  const rareCount =
    rare.filter(({ field }) => draft[field] !== "").length + (draft.prevention === "" ? 0 : 1);
  const pendingAt = common.findIndex(({ field }) => field.startsWith("pending"));
  return (
    <section className="ticket" aria-label="Order ticket" data-side={draft.side}>
      <form ref={form} onSubmit={(event) => void send(event)} noValidate>
        <SideChoice
          side={draft.side}
          onSide={(side) => {
            setPercent(0);
            change({ side });
          }}
        />
        <TypeSelect
          type={draft.type}
          onType={(type) => {
            setPercent(0);
            change({ type });
          }}
        />
        {isMarket && <UnitSelect unit={draft.unit} market={market} onUnit={(unit) => change({ unit })} />}
        <div className="amounts">{common.slice(0, pendingAt === -1 ? undefined : pendingAt).map(field)}</div>
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
        {draft.type === "OTO" && (
          <PendingTypeSelect value={draft.pendingType} onChange={(pendingType) => change({ pendingType })} />
        )}
        {pendingAt !== -1 && <div className="amounts">{common.slice(pendingAt).map(field)}</div>}
        {hasTimeInForce(draft.type) && (
          <TimeInForceSelect value={draft.timeInForce} onChange={(timeInForce) => change({ timeInForce })} />
        )}
        <details open={hasRare} onToggle={(event) => setHasRare(event.currentTarget.open)}>
          <summary>More terms{rareCount > 0 && <strong>: {rareCount} set</strong>}</summary>
          {rare.map(field)}
          <PreventionSelect
            value={draft.prevention}
            market={market}
            onChange={(prevention) => change({ prevention })}
          />
        </details>
        <Preview
          draft={draft}
          market={market}
          free={account === undefined ? undefined : free}
          total={total}
          rates={rates}
        />
        {total !== undefined && !total.isWhole && (
          <p className="hint">The book holds less than this: the rest will not be filled.</p>
        )}
        {account === undefined && (
          <p className="hint">To trade, sign in, or enter your key in the account panel.</p>
        )}
        {market.status !== "TRADING" && <p className="hint">The market is closed: it takes no orders now.</p>}
        {/* In sight however long the form is, with what became of it. */}
        <div className="sending">
          <RefusalNote refusal={refusal} />
          <p role="status" className="done" data-empty={done === undefined || undefined}>
            {done}
          </p>
          <button type="submit" className="send" disabled={isSending} data-side={draft.side}>
            {isSending ? "Sending…" : `${isBuy ? "Buy" : "Sell"} ${market.base}`}
          </button>
        </div>
      </form>
    </section>
  );
}

type Session = NonNullable<AccountFeed["session"]>;

/** Sends it, and says what became of it. */
async function placed(session: Session, what: ReturnType<typeof composed>, market: Market): Promise<string> {
  switch (what.kind) {
    case "ORDER":
      return orderDoneText(await session.placeOrder(what.order), market);
    case "OCO":
      return listDoneText(await session.placeOco(what.list), market);
    case "OTO":
      return listDoneText(await session.placeOto(what.list), market);
    case "OTOCO":
      return listDoneText(await session.placeOtoco(what.list), market);
  }
}

function higher({ maker, taker }: { readonly maker: string; readonly taker: string }): string {
  return Number(maker) > Number(taker) ? maker : taker;
}
