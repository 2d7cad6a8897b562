import { useState } from "react";
import type { AccountFeed } from "../account/account-feed.js";
import { Balances } from "../account/balances.js";
import { RefusalNote } from "../parts/refusal-note.js";
import { type Tab, Tabs } from "../parts/tabs.js";
import { accountRefusal } from "../people/account-refusal.js";
import type { PeopleLink, SessionInfo } from "../people/people-link.js";
import { useSignal } from "../signal.js";
import type { Refusal } from "../ticket/refusal-text.js";
import { ApiKeys } from "./api-keys.js";
import { Ledger } from "./ledger.js";
import { OneTimeCodes } from "./one-time-codes.js";
import { OwnSessions } from "./own-sessions.js";
import { PasswordForm } from "./password-form.js";

/** All that somebody who is signed in can see and change of their account and of how they sign in. */
export function AccountPage(props: {
  readonly people: PeopleLink;
  readonly session: SessionInfo;
  /** Why this page can't trade. */
  readonly fault: string | undefined;
  readonly account: AccountFeed | undefined;
  readonly onClose: () => void;
}) {
  const { people, session, fault, account, onClose } = props;
  const [refusal, setRefusal] = useState<Refusal>();
  const signOut = (): void => {
    people.signOut().catch((error: unknown) => setRefusal(accountRefusal(error)));
  };
  const tabs: readonly Tab[] = [
    { name: "Balances", content: account && <Balances account={account} /> },
    { name: "Ledger", content: account && <OwnLedger account={account} /> },
    { name: "API keys", content: <ApiKeys api={people.api} /> },
    { name: "Sessions", content: <OwnSessions people={people} /> },
    { name: "Password", content: <PasswordForm people={people} session={session} /> },
    { name: "One-time codes", content: <OneTimeCodes people={people} session={session} /> },
  ];
  return (
    <>
      <div className="bar">
        <h2>
          {session.user}
          <small> trades as {session.accountName}</small>
        </h2>
        <div className="row">
          <button type="button" onClick={signOut}>
            Sign out
          </button>
          <button type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
      <RefusalNote
        refusal={
          refusal ?? (fault === undefined ? undefined : { title: "This page can't trade", words: fault })
        }
      />
      <Tabs label="Account" tabs={tabs} />
    </>
  );
}

function OwnLedger({ account }: { readonly account: AccountFeed }) {
  const balances = useSignal(account.balances);
  // The session is there once the account is live, and stays.
  useSignal(account.state);
  if (account.session === undefined) return <p className="empty">Connecting …</p>;
  return <Ledger client={account.session} assets={[...balances.keys()]} />;
}
