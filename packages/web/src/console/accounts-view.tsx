import { useEffect, useState } from "react";
import { freezePlan, openAccountPlan, paymentPlan } from "./account-actions.js";
import type { ViewProps } from "./console.js";
import type { Account, Asset, Balance } from "./console-api.js";
import { amount } from "./figures-text.js";
import { usePolled } from "./use-polled.js";

const REFRESH_MS = 5_000;
/** Rows that are drawn; of more, those that are looked for. */
const SHOWN_MAX = 200;

export function AccountsView(props: ViewProps) {
  const { api, mayAct, onPlan, onSignedOut, done } = props;
  const { value: accounts, refresh } = usePolled<readonly Account[]>(
    api,
    "/v1/accounts",
    REFRESH_MS,
    onSignedOut,
  );
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<number>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is asked again after everything that was done.
  useEffect(refresh, [done, refresh]);
  if (accounts === undefined) return <p className="empty">Reading the accounts …</p>;
  const wanted = search.trim().toLowerCase();
  const found = accounts.filter(
    ({ account, name }) => wanted === "" || name.toLowerCase().includes(wanted) || String(account) === wanted,
  );
  const account = accounts.find((each) => each.account === chosen);
  return (
    <div className="accounts">
      <section aria-labelledby="accounts-title">
        <div className="bar">
          <h2 id="accounts-title">Accounts ({accounts.length})</h2>
          {mayAct && (
            <button type="button" onClick={() => onPlan(openAccountPlan())}>
              Open …
            </button>
          )}
          <label className="search">
            <span className="hidden">Search accounts</span>
            <input
              type="search"
              placeholder="Name or number"
              value={search}
              onChange={(event) => setSearch(event.target.value)}
              autoComplete="off"
            />
          </label>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must take the focus. */}
        <div className="scroll" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Account</th>
                <th scope="col" className="text">
                  Name
                </th>
                <th scope="col" className="text">
                  State
                </th>
              </tr>
            </thead>
            <tbody>
              {found.slice(0, SHOWN_MAX).map((each) => (
                <tr key={each.account} aria-selected={each.account === chosen || undefined}>
                  <td>{each.account}</td>
                  <td className="text">
                    <button
                      type="button"
                      aria-pressed={each.account === chosen}
                      onClick={() => setChosen(each.account)}
                    >
                      {each.name}
                    </button>
                  </td>
                  <td className="text">
                    {each.frozen ? <span className="status-mark">FROZEN</span> : "active"}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {found.length > SHOWN_MAX && (
            <p className="empty">{found.length - SHOWN_MAX} more: search for one by name.</p>
          )}
        </div>
      </section>
      {account !== undefined && <AccountPanel key={account.account} {...props} account={account} />}
    </div>
  );
}

function AccountPanel({
  api,
  mayAct,
  onPlan,
  onSignedOut,
  done,
  account,
}: ViewProps & { readonly account: Account }) {
  const { value, refresh } = usePolled<{ readonly balances: readonly Balance[] }>(
    api,
    `/v1/balances?account=${account.account}`,
    REFRESH_MS,
    onSignedOut,
  );
  const { value: assets } = usePolled<readonly Asset[]>(api, "/v1/assets", 60_000, onSignedOut);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is asked again after everything that was done.
  useEffect(refresh, [done, refresh]);
  const names = (assets ?? []).map(({ name }) => name);
  const isHouse = account.account === 0;
  return (
    <section aria-labelledby="account-title">
      <div className="bar">
        <h2 id="account-title">
          {account.name} <small>account {account.account}</small>
        </h2>
        {mayAct && names.length > 0 && (
          <div className="buttons">
            {!isHouse && (
              <button type="button" onClick={() => onPlan(paymentPlan("deposit", account, names))}>
                Deposit …
              </button>
            )}
            <button type="button" onClick={() => onPlan(paymentPlan("withdraw", account, names))}>
              Withdraw …
            </button>
            <button type="button" onClick={() => onPlan(paymentPlan("adjust", account, names))}>
              Adjust …
            </button>
            {!isHouse && (
              <button
                type="button"
                className={account.frozen ? undefined : "grave"}
                onClick={() => onPlan(freezePlan(account))}
              >
                {account.frozen ? "Unfreeze …" : "Freeze …"}
              </button>
            )}
          </div>
        )}
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Asset</th>
            <th scope="col">Free</th>
            <th scope="col">In orders</th>
          </tr>
        </thead>
        <tbody>
          {value?.balances.map(({ asset, free, locked }) => (
            <tr key={asset}>
              <th scope="row">{asset}</th>
              <td>{amount(free)}</td>
              <td>{amount(locked)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {value?.balances.length === 0 && <p className="empty">It holds nothing.</p>}
    </section>
  );
}
