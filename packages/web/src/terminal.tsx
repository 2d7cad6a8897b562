import type { Credentials } from "@buttonwood/client";
import { useCallback, useEffect, useMemo, useState } from "react";
import { AccountFeed, type AccountState } from "./account/account-feed.js";
import { Balances } from "./account/balances.js";
import { KeyPanel } from "./account/key-panel.js";
import { credentialsOf, forgetKeys, storedKeys, storeKeys } from "./account/keys.js";
import { OpenOrders } from "./account/open-orders.js";
import { OwnTrades } from "./account/own-trades.js";
import { CandleChart } from "./market/candle-chart.js";
import type { ExchangeLink } from "./market/exchange-link.js";
import { OrderBookPanel } from "./market/order-book.js";
import { RecentTrades } from "./market/recent-trades.js";
import { SymbolFeed } from "./market/symbol-feed.js";
import { ConnectionBadge } from "./parts/connection-badge.js";
import { DayStrip } from "./parts/day-strip.js";
import { type Market, marketOf } from "./parts/market-of.js";
import { SymbolPicker } from "./parts/symbol-picker.js";
import { Tabs } from "./parts/tabs.js";
import { ThemeSwitch } from "./parts/theme-switch.js";
import { PeopleCorner } from "./people/people-corner.js";
import { PeopleLink } from "./people/people-link.js";
import { Signal, useSignal } from "./signal.js";
import { type Draft, EMPTY_DRAFT } from "./ticket/draft.js";
import { OrderTicket } from "./ticket/order-ticket.js";

/** What a phone shows one of. */
const PANELS = { chart: "Chart", book: "Book", tape: "Trades", ticket: "Order", account: "Account" } as const;
type Panel = keyof typeof PANELS;

export function Terminal({ link }: { readonly link: ExchangeLink }) {
  const infos = useSignal(link.markets);
  const markets = useMemo(() => new Map(infos.map((info) => [info.symbol, marketOf(info)])), [infos]);
  const [wanted, setWanted] = useWantedSymbol();
  const symbol = markets.has(wanted) ? wanted : (preferred(markets) ?? wanted);
  const status = markets.get(symbol)?.status;
  const isKnown = markets.has(symbol);
  // The same object while nothing of it changes, so that the panels are not drawn again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: its status is what of it can change.
  const market = useMemo(() => markets.get(symbol), [symbol, status, isKnown]);
  const feed = useSymbolFeed(link, isKnown ? symbol : undefined);
  const [keys, setKeys] = useState(storedKeys);
  const [people] = useState(() => new PeopleLink());
  const signedIn = useSignal(people.state);
  const pasted = useMemo(() => keys && credentialsOf(keys), [keys]);
  const sessionKey = signedIn.kind === "in" ? signedIn.credentials : undefined;
  // A key that was typed in is what its reader wants to use.
  const credentials = pasted ?? sessionKey;
  const account = useAccountFeed(link, credentials, symbol);
  useRefusal(account, () => {
    if (credentials === sessionKey) void people.keyRefused();
  });
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [panel, setPanel] = useState<Panel>("chart");

  const takePrice = useCallback((price: string) => {
    setDraft((draft) => ({ ...draft, price, type: draft.type === "MARKET" ? "LIMIT" : draft.type }));
    setPanel("ticket");
  }, []);
  const pick = (picked: string): void => {
    setWanted(picked);
    setDraft((draft) => ({ ...draft, price: "", stopPrice: "", quantity: "" }));
  };

  return (
    <>
      <header>
        <h1>Buttonwood</h1>
        <SymbolPicker link={link} symbol={symbol} onPick={pick} />
        {market !== undefined && <DayStrip feed={feed} market={market} />}
        <div className="corner">
          <ConnectionBadge link={link} feed={feed} account={account} />
          <PeopleCorner people={people} account={account} />
          <ThemeSwitch />
          <a href="/docs/">API</a>
        </div>
      </header>
      <nav className="panels" aria-label="Panels">
        {Object.entries(PANELS).map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={panel === name}
            onClick={() => setPanel(name as Panel)}
          >
            {label}
          </button>
        ))}
      </nav>
      <main data-panel={panel}>
        {market === undefined ? (
          <p className="empty">Waiting for the exchange …</p>
        ) : (
          <>
            <OrderBookPanel
              key={`book ${symbol}`}
              feed={feed}
              account={account}
              market={market}
              onPrice={takePrice}
            />
            <CandleChart link={link} market={market} />
            <OrderTicket
              key={`ticket ${symbol}`}
              draft={draft}
              onDraft={setDraft}
              market={market}
              feed={feed}
              account={account}
              onRefused={() => void link.refreshMarkets()}
            />
            <RecentTrades feed={feed} market={market} />
            <div className="account">
              {account !== undefined && <AccountTabs account={account} market={market} markets={markets} />}
              <KeyPanel
                account={account}
                signedInAs={
                  pasted === undefined && signedIn.kind === "in" ? signedIn.session.user : undefined
                }
                onKeys={(entered) => {
                  storeKeys(entered);
                  setKeys(entered);
                }}
                onForget={() => {
                  forgetKeys();
                  setKeys(undefined);
                }}
              />
            </div>
          </>
        )}
      </main>
    </>
  );
}

function AccountTabs(props: {
  readonly account: AccountFeed;
  readonly market: Market;
  readonly markets: ReadonlyMap<string, Market>;
}) {
  const { account, market, markets } = props;
  const count = useSignal(account.openOrders).length;
  return (
    <Tabs
      label="Your account"
      tabs={[
        { name: `Open orders (${count})`, content: <OpenOrders account={account} markets={markets} /> },
        { name: "Own trades", content: <OwnTrades account={account} market={market} /> },
        { name: "Balances", content: <Balances account={account} /> },
      ]}
    />
  );
}

/** The symbol stands in the address, so that a market can be linked to: `/#BTCUSDT`. */
function useWantedSymbol(): readonly [string, (symbol: string) => void] {
  const [symbol, setSymbol] = useState(symbolOfAddress);
  useEffect(() => {
    const follow = (): void => setSymbol(symbolOfAddress());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return [
    symbol,
    (picked) => {
      location.hash = picked;
    },
  ];
}

function symbolOfAddress(): string {
  return location.hash.slice(1).toUpperCase();
}

function preferred(markets: ReadonlyMap<string, Market>): string | undefined {
  return markets.has("BTCUSDT") ? "BTCUSDT" : markets.keys().next().value;
}

function useSymbolFeed(link: ExchangeLink, symbol: string | undefined): SymbolFeed | undefined {
  const [feed, setFeed] = useState<SymbolFeed>();
  useEffect(() => {
    if (symbol === undefined) return;
    const opened = new SymbolFeed(link, symbol);
    setFeed(opened);
    return () => opened.close();
  }, [link, symbol]);
  return feed?.symbol === symbol ? feed : undefined;
}

/** Follows the account of a key. The symbol that is shown when it begins is the one whose gaps are always repaired. */
function useAccountFeed(
  link: ExchangeLink,
  credentials: Credentials | undefined,
  symbol: string,
): AccountFeed | undefined {
  const areKnown = useSignal(link.markets).length > 0;
  const [feed, setFeed] = useState<AccountFeed>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another symbol is no reason to connect again.
  useEffect(() => {
    if (credentials === undefined || !areKnown) return;
    const opened = new AccountFeed({
      url: link.url,
      credentials,
      symbols: link.markets.value.map((market) => market.symbol),
      symbol,
    });
    setFeed(opened);
    return () => {
      opened.close();
      setFeed(undefined);
    };
  }, [link, credentials, areKnown]);
  return feed;
}

const NO_STATE = new Signal<AccountState | undefined>(undefined);

/** Calls back once for each account whose key is refused for good. */
function useRefusal(account: AccountFeed | undefined, onRefused: () => void): void {
  const isRefused = useSignal<AccountState | undefined>(account?.state ?? NO_STATE)?.kind === "refused";
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is done about it may change without a refusal.
  useEffect(() => {
    if (isRefused) onRefused();
  }, [account, isRefused]);
}
