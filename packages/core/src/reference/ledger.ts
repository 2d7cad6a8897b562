/** Balances: every change goes through here, is checked, and is noted in the group as a touch. */
import { ASSETS_MAX } from "@buttonwood/protocol";
import { type Balance, type Group, givenAsset, holdOf, type Order, type State } from "./state.js";

/** The balance of an account in an asset, created empty. */
export function balanceOf(state: State, account: number, asset: number): Balance {
  const key = account * ASSETS_MAX + asset;
  let balance = state.balances.get(key);
  if (balance === undefined) {
    balance = { account, asset, free: 0, locked: 0 };
    state.balances.set(key, balance);
  }
  return balance;
}

/** Units that an account can spend; looks without touching. */
export const freeOf = (state: State, account: number, asset: number): number =>
  state.balances.get(account * ASSETS_MAX + asset)?.free ?? 0;

/** Adds to the free and to the locked part, either may be negative. */
export function change(
  state: State,
  group: Group,
  account: number,
  asset: number,
  free: number,
  locked: number,
): void {
  const balance = balanceOf(state, account, asset);
  balance.free += free;
  balance.locked += locked;
  if (!(Number.isSafeInteger(balance.free) && balance.free >= 0)) {
    throw new Error(`account ${account} has ${balance.free} of asset ${asset} free`);
  }
  if (!(Number.isSafeInteger(balance.locked) && balance.locked >= 0)) {
    throw new Error(`account ${account} has ${balance.locked} of asset ${asset} locked`);
  }
  group.touched.add(balance);
}

/** Locks what some lots of an order need. An order without a hold touches nothing. */
export function takeHold(state: State, group: Group, order: Order, lots: number): void {
  if (!order.holds) return;
  const hold = holdOf(order, lots);
  change(state, group, order.account, givenAsset(order), -hold, hold);
}

/** Frees what some lots of an order had locked. */
export function releaseHold(state: State, group: Group, order: Order, lots: number): void {
  if (!order.holds) return;
  const hold = holdOf(order, lots);
  change(state, group, order.account, givenAsset(order), hold, -hold);
}
