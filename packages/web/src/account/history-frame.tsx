import { type ReactNode, useState } from "react";
import type { Market } from "../parts/market-of.js";
import type { History } from "./use-history.js";

/** Which markets a history is of. */
export const Scope = { THIS: "THIS", ALL: "ALL" } as const;
export type Scope = (typeof Scope)[keyof typeof Scope];

/** With more markets than this only one is read at a time: each costs a read. */
const MARKETS_MAX = 40;

export function useScope(market: Market, markets: ReadonlyMap<string, Market>) {
  const [scope, setScope] = useState<Scope>(Scope.THIS);
  const mayBeAll = markets.size <= MARKETS_MAX;
  const symbols = scope === Scope.ALL && mayBeAll ? [...markets.keys()] : [market.symbol];
  return { scope, setScope, symbols, mayBeAll };
}

/** A history's table with the choice of markets above it, and the way to what is older below. */
export function HistoryFrame<Row>(props: {
  readonly scope: ReturnType<typeof useScope>;
  readonly market: Market;
  readonly history: History<Row>;
  readonly isEmpty: boolean;
  readonly emptyText: string;
  readonly children: ReactNode;
}) {
  const { scope, market, history, isEmpty, emptyText, children } = props;
  const { isReading, isAtEnd, fault, readOlder } = history;
  return (
    <>
      {scope.mayBeAll && (
        <div className="scope">
          <label>
            <span className="hidden">Markets of this list</span>
            <select
              className="quiet"
              value={scope.scope}
              onChange={(event) => scope.setScope(event.target.value as Scope)}
            >
              <option value={Scope.THIS}>{market.symbol}</option>
              <option value={Scope.ALL}>All markets</option>
            </select>
          </label>
        </div>
      )}
      {!isEmpty && children}
      {isEmpty && !isReading && fault === undefined && <p className="empty">{emptyText}</p>}
      <div className="older" role="status">
        {isReading && "Reading …"}
        {fault !== undefined && !isReading && `It could not be read: ${fault} `}
        {!isReading && !isAtEnd && (
          <button type="button" onClick={readOlder}>
            {fault === undefined ? "Load older" : "Try again"}
          </button>
        )}
      </div>
    </>
  );
}
