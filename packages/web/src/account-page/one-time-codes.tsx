import encodeQR from "qr";
import { type FormEvent, useMemo, useState } from "react";
import { RefusalNote } from "../parts/refusal-note.js";
import { accountRefusal } from "../people/account-refusal.js";
import type { SessionInfo, SessionOwner } from "../people/people-link.js";
import type { Refusal } from "../ticket/refusal-text.js";
import { PasswordField } from "./password-form.js";

interface Setup {
  /** Base32, to be typed. */
  readonly secret: string;
  /** To be scanned. */
  readonly uri: string;
  /** To be sent back with the first code. */
  readonly setup: string;
}

type Confirmed = SessionInfo & { readonly recoveryCodes: readonly string[] };

/** Turns the second factor on and off. */
export function OneTimeCodes(props: { readonly people: SessionOwner; readonly session: SessionInfo }) {
  const { people, session } = props;
  const { api } = people;
  const [password, setPassword] = useState("");
  const [setup, setSetup] = useState<Setup>();
  const [code, setCode] = useState("");
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[]>();
  const [refusal, setRefusal] = useState<Refusal>();
  const attempt = async (event: FormEvent, work: () => Promise<void>): Promise<void> => {
    event.preventDefault();
    setRefusal(undefined);
    try {
      await work();
    } catch (error) {
      setRefusal(accountRefusal(error));
    }
  };
  const begin = async (): Promise<void> => {
    setSetup(await api.call<Setup>("POST", "totp", { password }));
    setPassword("");
  };
  const confirm = async (): Promise<void> => {
    const confirmed = await api.call<Confirmed>("POST", "totp/confirm", {
      setup: setup?.setup ?? "",
      code: code.trim(),
    });
    people.renewed(confirmed);
    setRecoveryCodes(confirmed.recoveryCodes);
    setSetup(undefined);
    setCode("");
  };
  const turnOff = async (): Promise<void> => {
    people.renewed(await api.call<SessionInfo>("POST", "totp/off", { password }));
    setPassword("");
    setRecoveryCodes(undefined);
  };

  if (setup !== undefined) {
    return (
      <form className="stack" onSubmit={(event) => void attempt(event, confirm)}>
        <p>Scan this with an authenticator, or type its secret there; then enter the code that it shows.</p>
        <QrCode text={setup.uri} />
        <p>
          Secret: <code>{setup.secret.match(/.{1,4}/g)?.join(" ")}</code>
        </p>
        <p>
          <a href={setup.uri}>Open an authenticator on this device</a>
        </p>
        <label className="field">
          <span>Code</span>
          <input
            required
            value={code}
            onChange={(event) => setCode(event.target.value)}
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={9}
          />
        </label>
        <RefusalNote refusal={refusal} />
        <div className="row">
          <button type="submit">Turn on</button>
          <button type="button" onClick={() => setSetup(undefined)}>
            Call off
          </button>
        </div>
      </form>
    );
  }
  return (
    <form className="stack" onSubmit={(event) => void attempt(event, session.hasTotp ? turnOff : begin)}>
      {recoveryCodes !== undefined && (
        <div className="done" role="status">
          <p>One-time codes are on. Each of these lets you in once without them; they are shown this once:</p>
          <ul className="recovery">
            {recoveryCodes.map((each) => (
              <li key={each}>
                <code>{each}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      <p>
        {session.hasTotp
          ? "Signing in asks for a one-time code."
          : "Signing in can ask for a one-time code too, which an authenticator on your phone shows."}
      </p>
      <PasswordField
        label="Present password"
        value={password}
        onValue={setPassword}
        autoComplete="current-password"
      />
      <RefusalNote refusal={refusal} />
      <div className="row">
        <button type="submit">{session.hasTotp ? "Turn off" : "Set up"}</button>
      </div>
    </form>
  );
}

/** Dark on light whatever the colours of the page: not all readers take the inverse. */
function QrCode({ text }: { readonly text: string }) {
  const rows = useMemo(() => encodeQR(text, "raw", { border: 2 }), [text]);
  const path = rows
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <svg
      className="qr"
      role="img"
      aria-label="QR code of the secret"
      viewBox={`0 0 ${rows.length} ${rows.length}`}
    >
      <rect width={rows.length} height={rows.length} className="qr-light" />
      <path d={path} className="qr-dark" />
    </svg>
  );
}
