import { useState } from "react";

/** What is typed to sign in. */
export interface Typed {
  readonly login: string;
  readonly password: string;
  /** Undefined until it is asked for. */
  readonly code: string | undefined;
}

/** What {@link SignInFields} shows; `askForCode` adds the field of the one-time code. */
export function useSignInFields() {
  const [typed, setTyped] = useState<Typed>({ login: "", password: "", code: undefined });
  const change = (changes: Partial<Typed>): void => setTyped((before) => ({ ...before, ...changes }));
  return {
    /** Without blanks that were typed or pasted beside. */
    typed: { ...typed, login: typed.login.trim(), code: typed.code?.trim() },
    fields: { typed, change },
    askForCode: () => change({ code: "" }),
  };
}

/** Login and password, and a one-time code once it was asked for. */
export function SignInFields({
  typed: { login, password, code },
  change,
  isFocused = false,
}: {
  readonly typed: Typed;
  readonly change: (changes: Partial<Typed>) => void;
  /** Whether one may type at once: in a dialog that was opened for it. */
  readonly isFocused?: boolean;
}) {
  return (
    <>
      <label className="field">
        <span>Login</span>
        <input
          required
          value={login}
          onChange={(event) => change({ login: event.target.value })}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type into it.
          autoFocus={isFocused}
        />
      </label>
      <label className="field">
        <span>Password</span>
        <input
          type="password"
          required
          value={password}
          onChange={(event) => change({ password: event.target.value })}
          autoComplete="current-password"
        />
      </label>
      {code !== undefined && (
        <label className="field">
          <span>One-time code, or a recovery code</span>
          <input
            required
            value={code}
            onChange={(event) => change({ code: event.target.value })}
            autoComplete="one-time-code"
            spellCheck={false}
            maxLength={32}
            // biome-ignore lint/a11y/noAutofocus: it appears because it has to be typed next.
            autoFocus
          />
        </label>
      )}
    </>
  );
}
