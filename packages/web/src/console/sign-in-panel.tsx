import { type FormEvent, useState } from "react";
import { type ConsoleApi, ConsoleRefusal, type Me } from "./console-api.js";

export function SignInPanel({
  api,
  onSignedIn,
}: {
  readonly api: ConsoleApi;
  readonly onSignedIn: (me: Me) => void;
}) {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState<string>();
  const [refusal, setRefusal] = useState<ConsoleRefusal>();
  const [isSending, setIsSending] = useState(false);
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isSending) return;
    setIsSending(true);
    setRefusal(undefined);
    try {
      onSignedIn(await api.signIn(login.trim(), password, code === undefined ? undefined : code.trim()));
    } catch (error) {
      if (!(error instanceof ConsoleRefusal)) throw error;
      if (error.code === "CODE_NEEDED") setCode((typed) => typed ?? "");
      else setRefusal(error);
    } finally {
      setIsSending(false);
    }
  };
  return (
    <main className="sign-in">
      <section aria-labelledby="sign-in-title">
        <h2 id="sign-in-title">Sign in to operate</h2>
        <form onSubmit={(event) => void send(event)}>
          <label className="field">
            <span>Login</span>
            <input
              required
              value={login}
              onChange={(event) => setLogin(event.target.value)}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
            />
          </label>
          <label className="field">
            <span>Password</span>
            <input
              required
              type="password"
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
                inputMode="numeric"
                // biome-ignore lint/a11y/noAutofocus: it is asked for now.
                autoFocus
              />
            </label>
          )}
          <div role="alert" className="refusal" data-empty={refusal === undefined || undefined}>
            {refusal !== undefined && (
              <>
                <strong>{refusal.message}</strong>
                <span>{refusal.hint}</span>
              </>
            )}
          </div>
          <button type="submit" className="act" disabled={isSending}>
            {isSending ? "Signing in …" : "Sign in"}
          </button>
        </form>
        <p className="hint">
          Operators are made on the exchange's machine:{" "}
          <code>npx buttonwood users create NAME --role OPERATOR</code>
        </p>
      </section>
    </main>
  );
}
