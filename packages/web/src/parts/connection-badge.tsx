import type { AccountFeed, AccountState } from "../account/account-feed.js";
import type { ExchangeLink, LinkState } from "../market/exchange-link.js";
import type { SymbolFeed } from "../market/symbol-feed.js";
import { Signal, useSignal } from "../signal.js";

const NO_ACCOUNT = new Signal<AccountState>({ kind: "live" });
const NO_BOOK = new Signal({ isSynced: false, lastUpdateId: undefined as number | undefined });

interface Shown {
  readonly kind: "live" | "waiting" | "down";
  readonly text: string;
  readonly reason?: string;
}

/** What the reader may rely on: everything is live, or what is not, and that it is being repaired. */
function shownOf(
  link: LinkState,
  book: { readonly isSynced: boolean; readonly lastUpdateId: number | undefined },
  account: AccountState,
): Shown {
  if (link.kind === "connecting") return { kind: "waiting", text: "Connecting" };
  if (link.kind === "down") return { kind: "down", text: "Reconnecting", reason: link.reason };
  if (account.kind === "down") return { kind: "down", text: "Account reconnecting", reason: account.reason };
  if (book.lastUpdateId === undefined) return { kind: "waiting", text: "Loading the book" };
  if (!book.isSynced) return { kind: "down", text: "Repairing the book" };
  return { kind: "live", text: "Live" };
}

export function ConnectionBadge(props: {
  readonly link: ExchangeLink;
  readonly feed: SymbolFeed | undefined;
  readonly account: AccountFeed | undefined;
}) {
  const link = useSignal(props.link.state);
  const book = useSignal<{ readonly isSynced: boolean; readonly lastUpdateId: number | undefined }>(
    props.feed?.book ?? NO_BOOK,
  );
  const account = useSignal(props.account?.state ?? NO_ACCOUNT);
  const { kind, text, reason } = shownOf(link, book, account);
  return (
    <span role="status" className="badge" data-kind={kind} title={reason}>
      {text}
    </span>
  );
}
