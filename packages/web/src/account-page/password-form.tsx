import { type FormEvent, useState } from "react";
import { RefusalNote } from "../parts/refusal-note.js";
import { accountRefusal } from "../people/account-refusal.js";
import type { SessionInfo, SessionOwner } from "../people/people-link.js";
import type { Refusal } from "../ticket/refusal-text.js";

/** Sets another password; all other sessions end. */
export function PasswordForm(props: { readonly people: SessionOwner; readonly session: SessionInfo }) {
  const { people, session } = props;
  const [present, setPresent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [isDone, setIsDone] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsDone(false);
    if (next !== again) {
      setRefusal({
        title: "The two new passwords differ",
        words: "Type the new one twice. Nothing was changed.",
      });
      return;
    }
    setRefusal(undefined);
    try {
      const body = { password: present, newPassword: next };
      people.renewed(await people.api.call<SessionInfo>("POST", "password", body));
      setIsDone(true);
      for (const clear of [setPresent, setNext, setAgain]) clear("");
    } catch (error) {
      setRefusal(accountRefusal(error));
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="stack">
      {/* For password managers: whose password it is. */}
      <input type="hidden" name="username" autoComplete="username" value={session.user} readOnly />
      <PasswordField
        label="Present password"
        value={present}
        onValue={setPresent}
        autoComplete="current-password"
      />
      <PasswordField
        label="New password, 12 characters or more"
        value={next}
        onValue={setNext}
        autoComplete="new-password"
      />
      <PasswordField
        label="New password again"
        value={again}
        onValue={setAgain}
        autoComplete="new-password"
      />
      <RefusalNote refusal={refusal} />
      <p className="done" role="status" data-empty={!isDone || undefined}>
        The password is set; your other sessions have ended.
      </p>
      <div className="row">
        <button type="submit">Set password</button>
      </div>
    </form>
  );
}

export function PasswordField(props: {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly autoComplete: "current-password" | "new-password";
}) {
  return (
    <label className="field">
      <span>{props.label}</span>
      <input
        type="password"
        required
        value={props.value}
        onChange={(event) => props.onValue(event.target.value)}
        autoComplete={props.autoComplete}
      />
    </label>
  );
}
