import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  NO_ACCOUNT,
  NO_STEP,
  type PeopleStore,
  Role,
  type StoredSession,
  type User,
} from "./people-store.js";

/** Opens stores over the same people, one after the other or several at once. */
export type OpenStore = () => Promise<PeopleStore>;

const ALICE: User = {
  login: "alice",
  role: Role.TRADER,
  account: 1,
  passwordHash: "$argon2id$one",
  totp: null,
  isDisabled: false,
  isDemo: true,
  createdUs: 1_900_000_000_000_001,
};
const OLGA: User = { ...ALICE, login: "olga", role: Role.OPERATOR, account: NO_ACCOUNT, isDemo: false };
const TOTP = { sealedSecret: "sealed", lastStep: 10, recoveryHashes: ["one", "two"] };

function session(id: string, more: Partial<StoredSession> = {}): StoredSession {
  return {
    id,
    tokenHash: `hash of ${id}`,
    login: "alice",
    createdUs: 1_900_000_000_000_001,
    usedUs: 1_900_000_000_000_002,
    endsUs: 1_900_000_000_000_003,
    address: "2001:db8::1",
    agent: '<b>Firefox</b> "1"',
    ...more,
  };
}

/** What every store of people must do; run for each adapter. `inPlace` gives each case a place of its own. */
export function peopleStoreContract(
  name: string,
  inPlace: (run: (open: OpenStore) => Promise<void>) => Promise<void>,
): void {
  describe(`people store contract: ${name}`, () => {
    it("finds people again after a restart, a login once", () =>
      inPlace(async (open) => {
        const store = await open();
        assert.equal(await store.create(OLGA), true);
        assert.equal(await store.create(ALICE), true);
        assert.equal(await store.create({ ...ALICE, account: 2 }), false);
        const again = await open();
        assert.deepEqual(await again.list(), [ALICE, OLGA]);
        assert.deepEqual(await again.find("alice"), ALICE);
        assert.equal(await again.find("nobody"), undefined);
      }));

    it("changes a user only while the password is the one that was looked at", () =>
      inPlace(async (open) => {
        const store = await open();
        await store.create(ALICE);
        const changed = await Promise.all(
          ["two", "three"].map((passwordHash) => store.edit("alice", { passwordHash }, ALICE.passwordHash)),
        );
        assert.deepEqual(changed.toSorted(), [false, true]);
        const { passwordHash } = (await store.find("alice"))!;
        assert.equal(passwordHash, changed[0] ? "two" : "three");
        assert.equal(await store.edit("alice", { isDisabled: true }, passwordHash), true);
        assert.equal(await store.edit("nobody", { isDisabled: true }, passwordHash), false);
      }));

    it("makes a login once, of many who want it at once", () =>
      inPlace(async (open) => {
        const store = await open();
        const made = await Promise.all(
          Array.from({ length: 8 }, (_, account) => store.create({ ...ALICE, account })),
        );
        assert.equal(made.filter(Boolean).length, 1);
        assert.equal((await store.find("alice"))?.account, made.indexOf(true));
      }));

    it("changes what is named, and keeps the rest", () =>
      inPlace(async (open) => {
        const store = await open();
        await store.create(ALICE);
        await store.create(OLGA);
        assert.equal(await store.edit("alice", { isDisabled: true }), true);
        assert.equal(await store.edit("alice", { passwordHash: "$argon2id$two", isDemo: false }), true);
        assert.equal(await store.edit("alice", { totp: TOTP }), true);
        assert.equal(await store.edit("nobody", { isDisabled: true }), false);
        const changed = {
          ...ALICE,
          isDisabled: true,
          passwordHash: "$argon2id$two",
          isDemo: false,
          totp: TOTP,
        };
        assert.deepEqual(await (await open()).list(), [changed, OLGA]);
        await store.edit("alice", { totp: null });
        assert.deepEqual(await store.find("alice"), { ...changed, totp: null });
      }));

    it("takes a step's code and a recovery code once, whoever asks at the same time", () =>
      inPlace(async (open) => {
        const [one, two] = [await open(), await open()];
        await one.create({ ...ALICE, totp: TOTP });
        // Of a file there is one store at a time; of a database, several.
        const store = (await two.find("alice")) === undefined ? one : two;
        assert.equal(await one.takeTotpStep("alice", 10), false);
        assert.equal(await one.takeTotpStep("alice", NO_STEP), false);
        const steps = await Promise.all(
          [11, 11, 11].map((step, i) => (i === 1 ? store : one).takeTotpStep("alice", step)),
        );
        assert.equal(steps.filter(Boolean).length, 1);
        assert.equal(await one.takeTotpStep("alice", 12), true);
        assert.equal(await one.takeTotpStep("alice", 11), false);
        assert.equal(await one.takeTotpStep("nobody", 99), false);
        const codes = await Promise.all(
          ["two", "two"].map((code, i) => (i === 1 ? store : one).takeRecoveryCode("alice", code)),
        );
        assert.equal(codes.filter(Boolean).length, 1);
        assert.equal(await one.takeRecoveryCode("alice", "three"), false);
        assert.deepEqual((await one.find("alice"))?.totp, { ...TOTP, lastStep: 12, recoveryHashes: ["one"] });
        await one.edit("alice", { totp: null });
        assert.equal(await one.takeTotpStep("alice", 99), false);
        assert.equal(await one.takeRecoveryCode("alice", "one"), false);
      }));

    it("keeps sessions until they are ended, and finds them by their token's hash alone", () =>
      inPlace(async (open) => {
        const store = await open();
        await store.openSession(session("a"));
        await store.openSession(session("b", { createdUs: 1_900_000_000_000_005, login: "olga" }));
        const again = await open();
        assert.deepEqual(await again.sessions(), [
          session("a"),
          session("b", { createdUs: 1_900_000_000_000_005, login: "olga" }),
        ]);
        assert.deepEqual(await again.findSession("hash of a"), session("a"));
        assert.equal(await again.findSession("a"), undefined);
        assert.equal(await again.editSession("a", { usedUs: 7 }), true);
        assert.equal(await again.editSession("a", { tokenHash: "another" }), true);
        assert.equal(await again.findSession("hash of a"), undefined);
        assert.deepEqual(
          await again.findSession("another"),
          session("a", { usedUs: 7, tokenHash: "another" }),
        );
        assert.equal(await again.endSession("a"), true);
        assert.equal(await again.endSession("a"), false);
        assert.equal(await again.editSession("a", { usedUs: 8 }), false);
        assert.deepEqual(
          (await (await open()).sessions()).map(({ id }) => id),
          ["b"],
        );
      }));
  });
}
