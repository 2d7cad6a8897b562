import { type FormEvent, useState } from "react";
import { SiteRefusal } from "../parts/site-request.js";
import { SignInFields, useSignInFields } from "../people/sign-in-fields.js";
import type { ConsoleApi, Me } from "./console-api.js";

export function SignInPanel({
  api,
  onSignedIn,
}: {
  readonly api: ConsoleApi;
  readonly onSignedIn: (me: Me) => void;
}) {
  const { typed, fields, askForCode } = useSignInFields();
  const [refusal, setRefusal] = useState<SiteRefusal>();
  const [isSending, setIsSending] = useState(false);
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isSending) return;
    setIsSending(true);
    setRefusal(undefined);
    try {
      onSignedIn(await api.signIn(typed));
    } catch (error) {
      if (!(error instanceof SiteRefusal)) throw error;
      if (error.code === "CODE_NEEDED") askForCode();
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
          <SignInFields {...fields} />
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
