/** The pages of a history that were read so far, and how to read the next. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSignal } from "../signal.js";
import type { AccountFeed } from "./account-feed.js";
import { HistoryPager, type HistoryPagerOptions } from "./history-pager.js";

export interface History<Row> {
  /** Newest first. */
  readonly rows: readonly Row[];
  readonly isReading: boolean;
  readonly isAtEnd: boolean;
  /** Why the last read failed. */
  readonly fault: string | undefined;
  readonly readOlder: () => void;
}

/** Rows of a page of the table. */
const ROWS = 50;

type Session = NonNullable<AccountFeed["session"]>;

/** Reads the first page by itself. `optionsOf` makes no difference after the first drawing but by the symbols. */
export function useHistory<Row>(
  account: AccountFeed,
  symbols: readonly string[],
  optionsOf: (session: Session) => Omit<HistoryPagerOptions<Row>, "symbols">,
): History<Row> {
  const isLive = useSignal(account.state).kind === "live";
  const names = symbols.join();
  const make = useRef(optionsOf);
  const [rows, setRows] = useState<readonly Row[]>([]);
  const [isReading, setIsReading] = useState(false);
  const [fault, setFault] = useState<string>();
  const [isAtEnd, setIsAtEnd] = useState(false);
  const pager = useMemo(() => {
    const { session } = account;
    if (!isLive || session === undefined || names === "") return undefined;
    return new HistoryPager<Row>({ ...make.current(session), symbols: names.split(",") });
  }, [account, isLive, names]);
  const current = useRef(pager);
  current.current = pager;
  const readOlder = useCallback(() => {
    if (pager === undefined) return;
    setIsReading(true);
    setFault(undefined);
    pager
      .next(ROWS)
      .then(
        (page) => {
          if (current.current !== pager) return;
          setRows((known) => [...known, ...page]);
          setIsAtEnd(pager.isAtEnd);
        },
        (error: unknown) => {
          if (current.current !== pager) return;
          console.warn("the history could not be read", error);
          setFault(error instanceof Error ? error.message : String(error));
        },
      )
      .finally(() => {
        if (current.current === pager) setIsReading(false);
      });
  }, [pager]);
  useEffect(() => {
    if (pager === undefined) return;
    setRows([]);
    setIsAtEnd(false);
    readOlder();
  }, [pager, readOlder]);
  return { rows, isReading, isAtEnd, fault, readOlder };
}
