import { useEffect } from "react";
import type { ViewProps } from "./console.js";
import type { Market } from "./console-api.js";
import { feePercent } from "./figures-text.js";
import {
  allStatusPlan,
  bandsPlan,
  feesPlan,
  listAssetPlan,
  listMarketPlan,
  type StatusAction,
  statusPlan,
} from "./market-actions.js";
import { usePolled } from "./use-polled.js";

const REFRESH_MS = 5_000;

export function MarketsView({ api, mayAct, onPlan, onSignedOut, done }: ViewProps) {
  const { value: markets, refresh } = usePolled<readonly Market[]>(
    api,
    "/v1/markets",
    REFRESH_MS,
    onSignedOut,
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is asked again after everything that was done.
  useEffect(refresh, [done, refresh]);
  if (markets === undefined) return <p className="empty">Reading the markets …</p>;
  return (
    <section className="wide-panel" aria-labelledby="markets-title">
      <div className="bar">
        <h2 id="markets-title">Markets ({markets.length})</h2>
        {mayAct && (
          <div className="buttons">
            <button type="button" onClick={() => onPlan(listMarketPlan())}>
              List a market …
            </button>
            <button type="button" onClick={() => onPlan(listAssetPlan())}>
              List an asset …
            </button>
            <button
              type="button"
              className="grave"
              onClick={() => onPlan(allStatusPlan("HALT", markets.length))}
            >
              Halt all …
            </button>
            <button
              type="button"
              className="grave"
              onClick={() => onPlan(allStatusPlan("CANCEL_ONLY", markets.length))}
            >
              Cancel only, all …
            </button>
            <button type="button" onClick={() => onPlan(allStatusPlan("TRADING", markets.length))}>
              Resume all …
            </button>
          </div>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must take the focus. */}
      <div className="scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Symbol</th>
              <th scope="col" className="text">
                Status
              </th>
              {mayAct && (
                <th scope="col" className="text">
                  Actions
                </th>
              )}
              <th scope="col">Tick</th>
              <th scope="col">Step</th>
              <th scope="col">Maker fee</th>
              <th scope="col">Taker fee</th>
              <th scope="col" className="text">
                Bands
              </th>
            </tr>
          </thead>
          <tbody>
            {markets.map((market) => (
              <tr key={market.symbol}>
                <th scope="row">{market.symbol}</th>
                <td className="text">
                  {market.status === "TRADING" ? (
                    "TRADING"
                  ) : (
                    <span className="status-mark">{market.status}</span>
                  )}
                </td>
                {mayAct && (
                  <td className="text">
                    <MarketButtons market={market} onPlan={onPlan} />
                  </td>
                )}
                <td>{market.tickSize}</td>
                <td>{market.stepSize}</td>
                <td>{feePercent(market.makerFee)}</td>
                <td>{feePercent(market.takerFee)}</td>
                <td className="text">{bandsText(market)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function MarketButtons({ market, onPlan }: { readonly market: Market } & Pick<ViewProps, "onPlan">) {
  const { symbol, status } = market;
  const change = (to: StatusAction, label: string) =>
    status !== to && (
      <button
        type="button"
        className={to === "TRADING" ? undefined : "grave"}
        aria-label={`${label} ${symbol}`}
        onClick={() => onPlan(statusPlan(to, symbol))}
      >
        {label}
      </button>
    );
  return (
    <span className="buttons">
      {change("HALT", "Halt")}
      {change("CANCEL_ONLY", "Cancel only")}
      {change("TRADING", "Resume")}
      <button type="button" aria-label={`Fees of ${symbol}`} onClick={() => onPlan(feesPlan(market))}>
        Fees
      </button>
      <button type="button" aria-label={`Bands of ${symbol}`} onClick={() => onPlan(bandsPlan(market))}>
        Bands
      </button>
    </span>
  );
}

function bandsText({ bands }: Market): string {
  const of = (side: string, down: string | undefined, up: string | undefined): string[] =>
    down === undefined && up === undefined ? [] : [`${side} ${short(down)}–${short(up)}`];
  const sides = [
    ...of("bids", bands.bidMultiplierDown, bands.bidMultiplierUp),
    ...of("asks", bands.askMultiplierDown, bands.askMultiplierUp),
  ];
  if (sides.length === 0) return "any price";
  return `${sides.join(", ")} × ${bands.referencePrice === undefined ? "last price" : short(bands.referencePrice)}`;
}

const short = (decimal = ""): string => (decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal);
