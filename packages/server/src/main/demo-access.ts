import { randomBytes } from "node:crypto";
import type { People } from "../gateway/people/people.js";
import { Role } from "../gateway/people/people-store.js";
import { KeyScope, type KeyStore } from "../gateway/session/key-store.js";
import type { CreateAccess } from "./first-start.js";

const PASSWORD_BYTES = 18;

/**
 * Makes a key of a demo account, and a user of the account's name with a random password. Where a first start was cut
 * short the user may be there already: then with another password.
 */
export function demoAccess(keys: KeyStore, people: People): CreateAccess {
  return async (account, name) => {
    const scopes = [KeyScope.READ, KeyScope.TRADE];
    const { entry, secretKey } = await keys.create({ account, label: "demo", scopes });
    const password = randomBytes(PASSWORD_BYTES).toString("base64url");
    const user = { login: name, role: Role.TRADER, account, password, isDemo: true };
    if ((await people.create(user)) === undefined) await people.setPassword(name, password);
    return { apiKey: entry.apiKey, secretKey, password };
  };
}
