import { type FormEvent, useState } from "react";
import { RefusalNote } from "../parts/refusal-note.js";
import { SiteRefusal } from "../parts/site-request.js";
import type { Refusal } from "../ticket/refusal-text.js";
import { accountRefusal } from "./account-refusal.js";
import type { PeopleLink } from "./people-link.js";
import { SignInFields, useSignInFields } from "./sign-in-fields.js";

/** Login and password, and a one-time code when it is asked for. */
export function SignInForm(props: {
  readonly people: PeopleLink;
  readonly isDemo: boolean;
  readonly onClose: () => void;
}) {
  const { people, isDemo, onClose } = props;
  const { typed, fields, askForCode } = useSignInFields();
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setIsBusy(true);
    setRefusal(undefined);
    try {
      await work();
    } catch (error) {
      if (error instanceof SiteRefusal && error.code === "CODE_NEEDED") askForCode();
      else setRefusal(accountRefusal(error));
    } finally {
      setIsBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt(() => people.signIn(typed));
  };
  return (
    <form onSubmit={submit} className="stack">
      <h2>Sign in</h2>
      <SignInFields {...fields} isFocused />
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
