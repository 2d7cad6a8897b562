import type { MiniTicker, SymbolInfo } from "@buttonwood/client";
import { useEffect, useMemo, useRef, useState } from "react";
import { shown } from "../format.js";
import type { ExchangeLink } from "../market/exchange-link.js";
import { useSignal } from "../signal.js";
import { marketOf } from "./market-of.js";

interface Props {
  readonly link: ExchangeLink;
  readonly symbol: string;
  readonly onPick: (symbol: string) => void;
}

/** The market that is shown, and a dialog in which another one is found by typing. */
export function SymbolPicker({ link, symbol, onPick }: Props) {
  const markets = useSignal(link.markets);
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const info = markets.find((market) => market.symbol === symbol);
  const open = (): void => {
    setIsOpen(true);
    dialog.current?.showModal();
  };
  const pick = (picked: string): void => {
    dialog.current?.close();
    onPick(picked);
  };
  return (
    <>
      <button type="button" className="symbol" aria-haspopup="dialog" onClick={open}>
        {info === undefined ? symbol : `${info.baseAsset}/${info.quoteAsset}`}
        <span aria-hidden="true"> ▾</span>
      </button>
      {info !== undefined && info.status !== "TRADING" && <StatusMark info={info} />}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself; this is its backdrop. */}
      <dialog
        ref={dialog}
        aria-label="Markets"
        onClose={() => setIsOpen(false)}
        onClick={(event) => {
          if (event.target === dialog.current) dialog.current.close();
        }}
      >
        {isOpen && <MarketList link={link} markets={markets} onPick={pick} />}
      </dialog>
    </>
  );
}

export function StatusMark({ info }: { readonly info: Pick<SymbolInfo, "status"> }) {
  return <span className="status-mark">{info.status === "HALT" ? "Halted" : info.status}</span>;
}

interface ListProps {
  readonly link: ExchangeLink;
  readonly markets: readonly SymbolInfo[];
  readonly onPick: (symbol: string) => void;
}

function MarketList({ link, markets, onPick }: ListProps) {
  const [search, setSearch] = useState("");
  const [tickers, setTickers] = useState<ReadonlyMap<string, MiniTicker>>(new Map());
  useEffect(() => {
    let isGone = false;
    link.rest
      .ticker24hr({ type: "MINI" })
      .then((all) => {
        if (!isGone) setTickers(new Map(all.map((ticker) => [ticker.symbol, ticker])));
      })
      .catch((error: unknown) => console.warn("the markets' prices could not be read", error));
    return () => {
      isGone = true;
    };
  }, [link]);
  const found = useMemo(() => {
    const wanted = search.toUpperCase().replace(/[^A-Z0-9]/g, "");
    return markets.filter((market) => market.symbol.includes(wanted));
  }, [markets, search]);
  return (
    <form
      method="dialog"
      onSubmit={(event) => {
        event.preventDefault();
        if (found[0] !== undefined) onPick(found[0].symbol);
      }}
    >
      <label className="field">
        <span>Search markets</span>
        <input
          type="search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          autoComplete="off"
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type into it.
          autoFocus
        />
      </label>
      <ul className="markets">
        {found.map((info) => (
          <li key={info.symbol}>
            <button type="button" onClick={() => onPick(info.symbol)}>
              <span>
                {info.baseAsset}/{info.quoteAsset}
              </span>
              {info.status !== "TRADING" && <StatusMark info={info} />}
              <LastPrice info={info} ticker={tickers.get(info.symbol)} />
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="empty">No market is called so.</p>}
    </form>
  );
}

function LastPrice({ info, ticker }: { readonly info: SymbolInfo; readonly ticker: MiniTicker | undefined }) {
  if (ticker === undefined) return <span className="num">–</span>;
  return <span className="num">{shown(ticker.lastPrice, marketOf(info).pricePlaces)}</span>;
}
