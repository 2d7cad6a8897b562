import { ClientError, type ExchangeApi, type LedgerEntry, type LedgerEntryType } from "@buttonwood/client";
import { useEffect, useId, useState } from "react";
import { dayOf, shownAmount, timeOfDay } from "../format.js";

/** Entries of a page; the exchange answers up to 1,000. */
const PAGE = 50;

const TYPE_NAMES: Readonly<Record<LedgerEntryType, string>> = {
  DEPOSIT: "Deposit",
  WITHDRAWAL: "Withdrawal",
  TRADE: "Trade",
  COMMISSION: "Commission",
};

interface Props {
  readonly client: Pick<ExchangeApi, "ledger">;
  /** Assets that can be chosen; without any, entries of all are shown. */
  readonly assets?: readonly string[];
}

type Page =
  | { readonly kind: "reading" }
  /** `isLast`: nothing is older. */
  | { readonly kind: "read"; readonly entries: readonly LedgerEntry[]; readonly isLast: boolean }
  | { readonly kind: "failed"; readonly words: string };

/** What changed the account's balances, newest first, page by page. */
export function Ledger({ client, assets = [] }: Props) {
  const [asset, setAsset] = useState("");
  /** The oldest entry of every page before this one. */
  const [passed, setPassed] = useState<readonly string[]>([]);
  const [reads, setReads] = useState(0);
  const [page, setPage] = useState<Page>({ kind: "reading" });
  const id = useId();

  // biome-ignore lint/correctness/useExhaustiveDependencies: `reads` asks again for what may have changed.
  useEffect(() => {
    let isGone = false;
    setPage({ kind: "reading" });
    readPage(client, asset, passed.at(-1)).then((read) => {
      if (!isGone) setPage(read);
    });
    return () => {
      isGone = true;
    };
  }, [client, asset, passed, reads]);

  const older = page.kind === "read" && !page.isLast ? page.entries.at(-1) : undefined;
  return (
    <section className="tabs" aria-labelledby={id}>
      <header>
        <h2 id={id}>Ledger</h2>
        {assets.length > 0 && (
          <label>
            Asset{" "}
            <select
              value={asset}
              onChange={({ target }) => {
                setAsset(target.value);
                setPassed([]);
              }}
            >
              <option value="">All</option>
              {assets.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <span role="status" className="hint">
          {page.kind === "read" && `Page ${passed.length + 1}, ${page.entries.length} entries`}
        </span>
        <nav className="corner" aria-label="Pages of the ledger">
          <button
            type="button"
            disabled={page.kind === "reading"}
            onClick={() => {
              setPassed([]);
              setReads(reads + 1);
            }}
          >
            Newest
          </button>
          <button type="button" disabled={passed.length === 0} onClick={() => setPassed(passed.slice(0, -1))}>
            Newer
          </button>
          <button
            type="button"
            disabled={older === undefined}
            onClick={() => older && setPassed([...passed, older.id])}
          >
            Older
          </button>
        </nav>
      </header>
      {page.kind === "failed" && (
        <p role="alert" className="refusal">
          <strong>The ledger could not be read</strong>
          <span>{page.words}</span>
        </p>
      )}
      {page.kind === "reading" && <p className="empty">Reading …</p>}
      {page.kind === "read" && page.entries.length === 0 && (
        <p className="empty">Nothing has changed the balance yet</p>
      )}
      {page.kind === "read" && page.entries.length > 0 && <Entries entries={page.entries} />}
    </section>
  );
}

function Entries({ entries }: { readonly entries: readonly LedgerEntry[] }) {
  return (
    // Scrolled by keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must take the focus.
    <section className="scroll" aria-label="Entries" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" className="text">
              What
            </th>
            <th scope="col" className="text">
              Of
            </th>
            <th scope="col">Amount</th>
            <th scope="col" className="text">
              Asset
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td>
                <time dateTime={new Date(entry.time).toISOString()}>
                  <span className="part">{dayOf(entry.time)}</span> {timeOfDay(entry.time)}
                </time>
              </td>
              <td className="text">{TYPE_NAMES[entry.type]}</td>
              <td className="text">{cause(entry)}</td>
              <td data-direction={entry.amount.startsWith("-") ? "down" : "up"}>
                {signedAmount(entry.amount)}
              </td>
              <td className="text">{entry.asset}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** One entry more than a page tells whether there is an older one. */
async function readPage(client: Props["client"], asset: string, beforeId: string | undefined): Promise<Page> {
  try {
    const entries = await client.ledger({
      ...(asset === "" ? {} : { asset }),
      ...(beforeId === undefined ? {} : { beforeId }),
      limit: PAGE + 1,
    });
    return { kind: "read", entries: entries.slice(-PAGE).reverse(), isLast: entries.length <= PAGE };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { kind: "failed", words: error.message };
  }
}

function cause({ reference, symbol, tradeId }: LedgerEntry): string {
  return reference ?? `${symbol} trade ${tradeId}`;
}

/** Exact, and with its sign: what came is as plain to see as what went. */
function signedAmount(amount: string): string {
  const size = amount.replace(/^-/, "");
  return `${amount.startsWith("-") ? "−" : "+"}${shownAmount(size)}`;
}
