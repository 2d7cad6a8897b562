import { addDecimals, type Order, plainDecimal, subtractDecimals } from "@buttonwood/client";
import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import type { AccountFeed } from "../account/account-feed.js";
import { ceilToStep, floorToStep, placesOf, shown } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { Signal, useSignal } from "../signal.js";
import { groupingSteps, type LadderRow, ladderRows } from "./ladder.js";
import type { BookView, SymbolFeed } from "./symbol-feed.js";

/** As in the style sheet, in px. */
const ROW_HEIGHT = 24;
/** Rows a side where the height is not given, on a phone. */
const ROWS_MIN = 8;
const ROWS_MAX = 40;

const NO_BOOK = new Signal<BookView>({ bids: [], asks: [], isSynced: false, lastUpdateId: undefined });
const NO_ORDERS = new Signal<readonly Order[]>([]);

interface Props {
  readonly feed: SymbolFeed | undefined;
  readonly account: AccountFeed | undefined;
  readonly market: Market;
  /** A price was chosen, to trade against a side. */
  readonly onPrice: (price: string) => void;
}

export const OrderBookPanel = memo(function OrderBookPanel({ feed, account, market, onPrice }: Props) {
  const book = useSignal(feed?.book ?? NO_BOOK);
  const orders = useSignal(account?.openOrders ?? NO_ORDERS);
  const [step, setStep] = useState(plainDecimal(market.tick));
  const place = useRef<HTMLDivElement>(null);
  const count = useRowCount(place);
  const [bestBid, bestAsk] = [book.bids[0]?.[0], book.asks[0]?.[0]];
  const asks = ladderRows(book.asks, "ASK", step, count);
  const bids = ladderRows(book.bids, "BID", step, count);
  const sumMax = Math.max(Number(asks.at(-1)?.sum ?? 0), Number(bids.at(-1)?.sum ?? 0));
  const own = useMemo(() => ownQuantities(orders, market.symbol, step), [orders, market.symbol, step]);
  const places = placesOf(step);
  const common = { market, places, sumMax, onPrice, isKnown: book.lastUpdateId !== undefined };
  const spread =
    bestBid !== undefined && bestAsk !== undefined
      ? shown(subtractDecimals(bestAsk, bestBid), market.pricePlaces)
      : "–";
  return (
    <section className="book" aria-label="Order book" data-stale={!book.isSynced || undefined}>
      <div className="bar">
        <h2>Order book</h2>
        <label>
          <span className="hidden">Group prices by</span>
          <select className="quiet" value={step} onChange={(event) => setStep(event.target.value)}>
            {groupingSteps(market.tick, bestBid ?? bestAsk ?? market.tick).map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      </div>
      <div className="ladder-head" aria-hidden="true">
        <span>Price {market.quote}</span>
        <span>Size {market.base}</span>
        <span>Sum</span>
        <span>Own</span>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys on the rows inside, which are buttons. */}
      <div className="ladder" ref={place} onKeyDown={moveBetweenRows}>
        <Side {...common} side="ASK" rows={asks} own={own.SELL} />
        <p className="spread">
          Spread <span className="num">{spread}</span>
          {book.lastUpdateId !== undefined && !book.isSynced && <em> · repairing</em>}
        </p>
        <Side {...common} side="BID" rows={bids} own={own.BUY} />
      </div>
    </section>
  );
});

interface SideProps {
  readonly side: "ASK" | "BID";
  readonly rows: readonly LadderRow[];
  /** Open quantity of the account's orders, by price. */
  readonly own: ReadonlyMap<string, string>;
  /** Whether there is a book at all yet. */
  readonly isKnown: boolean;
  readonly market: Market;
  readonly places: number;
  readonly sumMax: number;
  readonly onPrice: (price: string) => void;
}

function Side({ side, rows, own, isKnown, market, places, sumMax, onPrice }: SideProps) {
  return (
    <ol
      className="side"
      data-side={side}
      aria-label={side === "ASK" ? "Asks, best first" : "Bids, best first"}
    >
      {rows.length === 0 && isKnown && <li className="empty">{side === "ASK" ? "No asks" : "No bids"}</li>}
      {rows.map((row, index) => (
        <Row
          key={row.price}
          price={row.price}
          quantity={row.quantity}
          sum={row.sum}
          share={sumMax === 0 ? 0 : Number(row.sum) / sumMax}
          own={own.get(row.price)}
          isFirst={index === 0}
          places={places}
          quantityPlaces={market.quantityPlaces}
          onPrice={onPrice}
        />
      ))}
    </ol>
  );
}

interface RowProps extends LadderRow {
  readonly share: number;
  readonly own: string | undefined;
  readonly isFirst: boolean;
  readonly places: number;
  readonly quantityPlaces: number;
  readonly onPrice: (price: string) => void;
}

/** Drawn again only when its own figures change. */
const Row = memo(function Row(props: RowProps) {
  const { price, quantity, sum, share, own, isFirst, places, quantityPlaces, onPrice } = props;
  return (
    <li>
      <button type="button" tabIndex={isFirst ? 0 : -1} onClick={() => onPrice(price)}>
        <i style={{ transform: `scaleX(${share.toFixed(4)})` }} />
        <span className="price">{shown(price, places)}</span>
        <span>{shown(quantity, quantityPlaces)}</span>
        <span>{shown(sum, quantityPlaces)}</span>
        {own !== undefined && (
          <span className="own" title="Open quantity of your orders here">
            <span aria-hidden="true">●</span> {shown(own, quantityPlaces)}
            <span className="hidden"> yours</span>
          </span>
        )}
      </button>
    </li>
  );
});

/** Arrow keys go from row to row; each side is one stop of the tab key. */
function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  const rows = [...event.currentTarget.querySelectorAll("button")];
  // Asks are shown with the best one last.
  rows.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  event.preventDefault();
  rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.focus();
}

/** Open quantities of the account's own orders that rest, by the prices as the ladder groups them. */
function ownQuantities(
  orders: readonly Order[],
  symbol: string,
  step: string,
): Readonly<Record<"BUY" | "SELL", ReadonlyMap<string, string>>> {
  const own = { BUY: new Map<string, string>(), SELL: new Map<string, string>() };
  for (const order of orders) {
    if (order.symbol !== symbol || !order.isWorking) continue;
    const { side, origQty, executedQty, preventedQuantity = "0" } = order;
    const price = side === "BUY" ? floorToStep(order.price, step) : ceilToStep(order.price, step);
    const open = subtractDecimals(subtractDecimals(origQty, executedQty), preventedQuantity);
    own[side].set(price, addDecimals(own[side].get(price) ?? "0", open));
  }
  return own;
}

/** As many rows a side as there is room for. */
function useRowCount(place: React.RefObject<HTMLDivElement | null>): number {
  const [count, setCount] = useState(ROWS_MIN);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const height = entry?.contentRect.height ?? 0;
      const rows = Math.floor((height - 2 * ROW_HEIGHT) / (2 * ROW_HEIGHT));
      setCount(Math.min(ROWS_MAX, Math.max(ROWS_MIN, rows)));
    });
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, [place]);
  return count;
}
