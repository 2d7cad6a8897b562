import { type FormEvent, useCallback, useState } from "react";
import { RefusalNote } from "../parts/refusal-note.js";
import type { AccountApi } from "../people/account-api.js";
import { dateAndTime } from "./date-text.js";
import { useLoaded } from "./use-loaded.js";

interface OwnKey {
  readonly apiKey: string;
  readonly kind: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly createdMs: number;
  /** Null: never. */
  readonly expiresMs: number | null;
  readonly expired: boolean;
  readonly addresses: readonly string[];
}

interface MadeKey extends OwnKey {
  /** Told this once. */
  readonly secretKey: string;
}

const DAY_MS = 86_400_000;

/** The account's API keys: made, looked through, revoked. */
export function ApiKeys({ api }: { readonly api: AccountApi }) {
  const load = useCallback(() => api.call<readonly OwnKey[]>("GET", "keys"), [api]);
  const { value: keys, refusal, act } = useLoaded(load);
  const [made, setMade] = useState<MadeKey>();
  const create = (body: object): Promise<boolean> =>
    act(async () => setMade(await api.call<MadeKey>("POST", "keys", body)));
  const revoke = (key: OwnKey): void => {
    if (made?.apiKey === key.apiKey) setMade(undefined);
    void act(() => api.call("DELETE", `keys/${encodeURIComponent(key.apiKey)}`));
  };
  return (
    <div className="stack">
      {made !== undefined && <Secret made={made} onDone={() => setMade(undefined)} />}
      <RefusalNote refusal={refusal} />
      {keys !== undefined && keys.length === 0 && <p className="empty">No API keys</p>}
      {keys !== undefined && keys.length > 0 && (
        <div className="sideways">
          <table>
            <thead>
              <tr>
                {["Label", "Key", "May", "From", "Ends", "Made", "Revoke"].map((title) => (
                  <th key={title} scope="col" className="text">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <tr key={key.apiKey}>
                  <td>{key.label}</td>
                  <td className="text">
                    <code title={key.apiKey}>{key.apiKey.slice(0, 8)}…</code>
                  </td>
                  <td className="text">{key.scopes.join(" ").toLowerCase()}</td>
                  <td className="text">{key.addresses.join(" ") || "anywhere"}</td>
                  <td className="text">
                    {key.expiresMs === null ? "never" : dateAndTime(key.expiresMs)}
                    {key.expired && " (over)"}
                  </td>
                  <td className="text">{dateAndTime(key.createdMs)}</td>
                  <td className="text">
                    <button
                      type="button"
                      aria-label={`Revoke ${key.label || key.apiKey.slice(0, 8)}`}
                      onClick={() => revoke(key)}
                    >
                      Revoke
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <CreateKey onCreate={create} />
    </div>
  );
}

function Secret({ made, onDone }: { readonly made: MadeKey; readonly onDone: () => void }) {
  return (
    <div className="done" role="status">
      <p>The key is made. Its secret is shown this once: keep it where only your programs can read it.</p>
      <dl className="secret">
        <dt>API key</dt>
        <dd>
          <code>{made.apiKey}</code>
        </dd>
        <dt>Secret</dt>
        <dd>
          <code>{made.secretKey}</code>
        </dd>
      </dl>
      <button type="button" onClick={onDone}>
        I have kept it
      </button>
    </div>
  );
}

function CreateKey({ onCreate }: { readonly onCreate: (body: object) => Promise<boolean> }) {
  const [label, setLabel] = useState("");
  const [mayTrade, setMayTrade] = useState(false);
  const [addresses, setAddresses] = useState("");
  const [days, setDays] = useState("90");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const isMade = await onCreate({
      label: label.trim(),
      scopes: mayTrade ? ["READ", "TRADE"] : ["READ"],
      addresses: addresses.split(/[\s,]+/).filter((text) => text !== ""),
      expiresMs: days === "" ? null : Date.now() + Number(days) * DAY_MS,
    });
    if (isMade) setLabel("");
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="stack">
      <h3>Make a key</h3>
      <label className="field">
        <span>Label</span>
        <input required maxLength={36} value={label} onChange={(event) => setLabel(event.target.value)} />
      </label>
      <label className="field">
        <span>What it may</span>
        <select value={String(mayTrade)} onChange={(event) => setMayTrade(event.target.value === "true")}>
          <option value="false">Read the account</option>
          <option value="true">Read, and trade</option>
        </select>
      </label>
      <label className="field">
        <span>Addresses it may be used from, or ranges like 203.0.113.0/24; none: anywhere</span>
        <input value={addresses} onChange={(event) => setAddresses(event.target.value)} spellCheck={false} />
      </label>
      <label className="field">
        <span>Ends</span>
        <select value={days} onChange={(event) => setDays(event.target.value)}>
          <option value="1">in a day</option>
          <option value="30">in 30 days</option>
          <option value="90">in 90 days</option>
          <option value="365">in a year</option>
          <option value="">never</option>
        </select>
      </label>
      <div className="row">
        <button type="submit">Make key</button>
      </div>
    </form>
  );
}
