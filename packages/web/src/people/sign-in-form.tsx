import { type FormEvent, useState } from "react";
import { RefusalNote } from "../parts/refusal-note.js";
import type { Refusal } from "../ticket/refusal-text.js";
import { AccountError } from "./account-api.js";
import { accountRefusal } from "./account-refusal.js";
import type { PeopleLink } from "./people-link.js";

/** Login and password, and a one-time code when it is asked for. */
export function SignInForm(props: {
  readonly people: PeopleLink;
  readonly isDemo: boolean;
  readonly onClose: () => void;
}) {
  const { people, isDemo, onClose } = props;
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setIsBusy(true);
    setRefusal(undefined);
    try {
      await work();
    } catch (error) {
      if (error instanceof AccountError && error.code === "CODE_NEEDED") setCode("");
      else setRefusal(accountRefusal(error));
    } finally {
      setIsBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt(() => people.signIn(login.trim(), password, code?.trim()));
  };
  return (
    <form onSubmit={submit} className="stack">
      <h2>Sign in</h2>
      <label className="field">
        <span>Login</span>
        <input
          required
          value={login}
          onChange={(event) => setLogin(event.target.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type into it.
          autoFocus
        />
      </label>
      <label className="field">
        <span>Password</span>
        <input
          type="password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
        />
      </label>
      {code !== undefined && (
        <label className="field">
          <span>One-time code, or a recovery code</span>
          <input
            required
            value={code}
            onChange={(event) => setCode(event.target.value)}
            autoComplete="one-time-code"
            spellCheck={false}
            maxLength={32}
            // biome-ignore lint/a11y/noAutofocus: it appears because it has to be typed next.
            autoFocus
          />
        </label>
      )}
      <RefusalNote refusal={refusal} />
      <div className="row">
        <button type="submit" className="primary" disabled={isBusy}>
          Sign in
        </button>
        {isDemo && (
          <button type="button" disabled={isBusy} onClick={() => void attempt(() => people.signInAsDemo())}>
            Sign in as demo trader
          </button>
        )}
        {/* A phone has no Escape. */}
        <button type="button" className="aside" onClick={onClose}>
          Close
        </button>
      </div>
    </form>
  );
}
