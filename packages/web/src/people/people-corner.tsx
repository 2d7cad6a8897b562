import { useEffect, useRef, useState } from "react";
import type { AccountFeed } from "../account/account-feed.js";
import { AccountPage } from "../account-page/account-page.js";
import { useSignal } from "../signal.js";
import type { PeopleLink } from "./people-link.js";
import { SignInForm } from "./sign-in-form.js";

/** Where one signs in; and, signed in, the way to the account page and out again. */
export function PeopleCorner(props: {
  readonly people: PeopleLink;
  readonly account: AccountFeed | undefined;
}) {
  const { people, account } = props;
  const state = useSignal(people.state);
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const { kind } = state;
  // What was open belongs to who was signed in, or was not.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that closes it.
  useEffect(() => dialog.current?.close(), [kind]);
  if (state.kind === "asking" || state.kind === "absent") return null;
  const open = (): void => {
    setIsOpen(true);
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={open}>
        {state.kind === "out" ? "Sign in" : state.session.user}
      </button>
      <dialog
        ref={dialog}
        className={state.kind === "in" ? "account-page" : "sign-in"}
        aria-label={state.kind === "in" ? "Your account" : "Sign in"}
        onClose={() => setIsOpen(false)}
      >
        {isOpen && state.kind === "out" && (
          <SignInForm people={people} isDemo={state.demo} onClose={() => dialog.current?.close()} />
        )}
        {isOpen && state.kind === "in" && (
          <AccountPage
            people={people}
            session={state.session}
            fault={state.fault}
            account={account}
            onClose={() => dialog.current?.close()}
          />
        )}
      </dialog>
    </>
  );
}
