import { useMemo } from "react";
import { OneTimeCodes } from "../account-page/one-time-codes.js";
import { OwnSessions } from "../account-page/own-sessions.js";
import { PasswordForm } from "../account-page/password-form.js";
import { Tabs } from "../parts/tabs.js";
import type { SessionOwner } from "../people/people-link.js";
import type { ConsoleApi, Me } from "./console-api.js";

/** How one signs in oneself: password, one-time codes, sessions. */
export function SelfView(props: {
  readonly api: ConsoleApi;
  readonly me: Me;
  readonly onMe: (me: Me) => void;
  readonly onSignedOut: () => void;
}) {
  const { api, me, onMe, onSignedOut } = props;
  const people = useMemo(
    (): SessionOwner => ({
      api: api.account,
      renewed({ csrfToken, hasTotp }) {
        api.account.csrfToken = csrfToken;
        onMe({ ...me, hasTotp });
      },
      async signOut() {
        await api.signOut();
        onSignedOut();
      },
    }),
    [api, me, onMe, onSignedOut],
  );
  const session = {
    user: me.user,
    accountName: "",
    hasTotp: me.hasTotp,
    csrfToken: api.account.csrfToken,
  };
  return (
    <section className="account-page" aria-labelledby="self-title">
      <div className="bar">
        <h2 id="self-title">
          {me.user} <small>{me.role === "OPERATOR" ? "looks and acts" : "looks"}</small>
        </h2>
      </div>
      <Tabs
        label="Signing in"
        tabs={[
          { name: "Password", content: <PasswordForm people={people} session={session} /> },
          { name: "One-time codes", content: <OneTimeCodes people={people} session={session} /> },
          { name: "Sessions", content: <OwnSessions people={people} /> },
        ]}
      />
    </section>
  );
}
