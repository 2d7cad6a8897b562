import { addDecimals } from "@buttonwood/client";
import { shownAmount } from "../format.js";
import { useSignal } from "../signal.js";
import type { AccountFeed } from "./account-feed.js";

export function Balances({ account }: { readonly account: AccountFeed }) {
  const balances = useSignal(account.balances);
  if (balances.size === 0) return <p className="empty">No balances</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Asset</th>
          <th scope="col">Free</th>
          <th scope="col">In orders</th>
          <th scope="col">Total</th>
        </tr>
      </thead>
      <tbody>
        {[...balances.values()].map(({ asset, free, locked }) => (
          <tr key={asset}>
            <td>{asset}</td>
            <td>{shownAmount(free)}</td>
            <td>{shownAmount(locked)}</td>
            <td>{shownAmount(addDecimals(free, locked))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
