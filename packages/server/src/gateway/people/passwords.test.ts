import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkNewPassword, HASH_COST, PasswordHasher } from "./passwords.js";
import { PeopleRefusal } from "./people-errors.js";

const CHEAP = { memoryKib: 64, passes: 1, lanes: 1 };

describe("passwords", () => {
  it("are hashed by Argon2id at the cost that OWASP names, with a salt of their own", async () => {
    const hasher = new PasswordHasher();
    const [one, two] = await Promise.all([hasher.hash("correct horse"), hasher.hash("correct horse")]);
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(one, two);
    assert.equal(await hasher.fits(one, "correct horse"), true);
    assert.equal(await hasher.fits(one, "correct horse "), false);
    assert.equal(await hasher.fits(undefined, "correct horse"), false);
    assert.equal(await hasher.fits(undefined, "nobody's password"), false);
  });

  it("are the same however a keyboard composes them", async () => {
    const hasher = new PasswordHasher(CHEAP);
    assert.equal(await hasher.fits(await hasher.hash("Br\u00fccke"), "Bru\u0308cke"), true);
  });

  it("are known to be due when the cost has changed", async () => {
    const [old, now] = [new PasswordHasher(CHEAP), new PasswordHasher({ ...CHEAP, passes: 2 })];
    const hash = await old.hash("correct horse");
    assert.deepEqual([old.isCurrent(hash), now.isCurrent(hash)], [true, false]);
    assert.equal(await now.fits(hash, "correct horse"), true);
  });

  it("wait for their turn, and too many are refused unseen", async () => {
    const hasher = new PasswordHasher(CHEAP);
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => hasher.hash("correct horse")));
    const refused = results.filter((result) => result.status === "rejected");
    // One runs, 64 wait.
    assert.equal(refused.length, 135);
    for (const { reason } of refused) assert.equal((reason as PeopleRefusal).code, "BUSY");
    assert.equal(hasher.waiting, 0);
    assert.equal(await hasher.fits(await hasher.hash("again"), "again"), true);
  });

  it("cost as much for nobody as for somebody", async () => {
    const hasher = new PasswordHasher(HASH_COST);
    const hash = await hasher.hash("correct horse");
    const cost = async (of: string | undefined): Promise<number> => {
      const costs: number[] = [];
      for (let i = 0; i < 5; i++) {
        const before = process.cpuUsage();
        await hasher.fits(of, "wrong horse");
        const { user, system } = process.cpuUsage(before);
        costs.push(user + system);
      }
      // Of processor time, whatever else the machine does; the least is what this process did not disturb.
      return Math.min(...costs);
    };
    const [somebody, nobody] = [await cost(hash), await cost(undefined)];
    assert.ok(
      nobody > somebody / 3 && nobody < somebody * 3,
      `${nobody} µs for nobody, ${somebody} µs for somebody`,
    );
  });

  it("have 12 to 128 characters, and are not the login", () => {
    const refused = (password: string): string => {
      try {
        checkNewPassword(password, "alice@example.com");
        return "";
      } catch (error) {
        assert.ok(error instanceof PeopleRefusal);
        return error.message;
      }
    };
    assert.equal(refused("elevenchars"), "The new password is not taken: it has 11 characters.");
    assert.equal(refused("twelve chars"), "");
    // By what people see, not by how it is stored.
    assert.equal(refused("🔑".repeat(11)), "The new password is not taken: it has 11 characters.");
    assert.equal(refused("x".repeat(128)), "");
    assert.match(refused("x".repeat(129)), /129 characters/);
    assert.match(refused("Alice@Example.com"), /it is the login/);
  });
});
