import { type FormEvent, useState } from "react";
import { useSignal } from "../signal.js";
import type { AccountFeed } from "./account-feed.js";
import type { Keys } from "./keys.js";

/** Where the key is entered, and forgotten. */
export function KeyPanel(props: {
  readonly account: AccountFeed | undefined;
  /** Who is signed in; undefined when a key is used that was entered here, or none. */
  readonly signedInAs: string | undefined;
  readonly onKeys: (keys: Keys) => void;
  readonly onForget: () => void;
}) {
  return (
    <section className="key" aria-label="Your key">
      {props.account === undefined ? (
        props.signedInAs === undefined && <KeyForm onKeys={props.onKeys} />
      ) : (
        <KeyState account={props.account} signedInAs={props.signedInAs} onForget={props.onForget} />
      )}
    </section>
  );
}

function KeyState(props: {
  readonly account: AccountFeed;
  readonly signedInAs: string | undefined;
  readonly onForget: () => void;
}) {
  const { account, signedInAs, onForget } = props;
  const state = useSignal(account.state);
  return (
    <div className="key-state">
      <p role={state.kind === "refused" ? "alert" : "status"} data-kind={state.kind}>
        {state.kind === "connecting" && "Reading your account …"}
        {state.kind === "live" &&
          (signedInAs === undefined ? "Your key is in use in this tab." : `Signed in as ${signedInAs}.`)}
        {state.kind === "down" &&
          "The account's connection is down; what is missed meanwhile will be fetched."}
        {state.kind === "refused" && state.reason}
      </p>
      {signedInAs === undefined && (
        <button type="button" onClick={onForget}>
          Forget key
        </button>
      )}
    </div>
  );
}

function KeyForm({ onKeys }: { readonly onKeys: (keys: Keys) => void }) {
  const [apiKey, setApiKey] = useState("");
  const [secret, setSecret] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (apiKey.trim() !== "" && secret.trim() !== "")
      onKeys({ apiKey: apiKey.trim(), secret: secret.trim() });
  };
  return (
    <form onSubmit={submit} autoComplete="off">
      <h2>Your key</h2>
      <label className="field">
        <span>API key</span>
        <input
          required
          value={apiKey}
          onChange={(event) => setApiKey(event.target.value)}
          spellCheck={false}
        />
      </label>
      <label className="field">
        <span>Secret</span>
        <input
          type="password"
          required
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
          autoComplete="off"
        />
      </label>
      <button type="submit">Use key</button>
      <p className="hint">
        Requests are signed in this page; the secret is never sent, and kept until you forget it or close the
        tab. Or sign in above. A fresh exchange has two keys and passwords in <code>data/demo-keys.json</code>
        .
      </p>
    </form>
  );
}
