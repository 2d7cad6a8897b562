import { type Command, encodeCommand, WordBuffer } from "@buttonwood/protocol";
import { coresOf } from "../cores.js";

/** Cores large enough for a test of a few commands. */
export const SMALL_CORES = coresOf({
  accountsMax: 16,
  openOrdersMax: 100,
  pricePagesMax: 100,
  rememberedIdsMax: 1000,
  balancesMax: 64,
  accountMarketsMax: 64,
  assetsMax: 4,
  marketsMax: 4,
});

/** A message of whole commands. */
export function commandBytes(...commands: readonly Command[]): Uint8Array {
  const words = new WordBuffer(1 << 10);
  for (const command of commands) encodeCommand(words, command);
  return words.copy();
}

export const listAsset: Command = { kind: "LIST_ASSET", account: 0, asset: 0, decimals: 2, name: "USD" };

export function openAccount(account: number): Command {
  return { kind: "OPEN_ACCOUNT", account, name: `account ${account}` };
}

/** Deposits of asset 0; a reference takes effect once. */
export function depositTo(account: number, amount: number, reference: string): Command {
  return { kind: "DEPOSIT", account, asset: 0, amount, reference };
}
