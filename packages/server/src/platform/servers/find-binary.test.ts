import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findBinary, MissingBinaryError, missingPackages } from "./find-binary.js";

describe("programs of other servers", () => {
  it("are found: PostgreSQL's newest version first, then PATH; only what can be run", () => {
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-binaries-"));
    const postgresVersions = join(folder, "postgresql");
    const place = (path: string, mode = 0o755): string => {
      const file = join(folder, path);
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, "");
      chmodSync(file, mode);
      return file;
    };
    const path = join(folder, "bin");
    const inPath = place("bin/postgres");
    const places = { path, postgresVersions };
    assert.equal(findBinary("postgres", places), inPath);
    place("postgresql/9/bin/postgres");
    const newest = place("postgresql/15/bin/postgres");
    place("postgresql/16/bin/postgres", 0o644);
    assert.equal(findBinary("postgres", places), newest);
    assert.equal(
      findBinary("nginx", { path: `${path}:${place("sbin/nginx").slice(0, -6)}`, postgresVersions }),
      join(folder, "sbin/nginx"),
    );
    rmSync(folder, { recursive: true });
  });

  it("are named with their Debian package when they are missing", () => {
    const nowhere = { path: "/nowhere", postgresVersions: "/nowhere" };
    assert.deepEqual(missingPackages(nowhere), ["postgresql", "redis-server", "nginx"]);
    assert.deepEqual(missingPackages(), [], "the tests need them all on this machine");
    for (const [name, packageName] of [
      ["postgres", "postgresql"],
      ["pg_basebackup", "postgresql"],
      ["redis-server", "redis-server"],
      ["redis-cli", "redis-server"],
      ["nginx", "nginx"],
    ] as const) {
      assert.throws(
        () => findBinary(name, nowhere),
        (error: Error) => {
          assert.ok(error instanceof MissingBinaryError);
          assert.match(error.message, new RegExp(`^${name} is not installed on this machine`));
          assert.match(error.message, new RegExp(`apt-get install .*${packageName}$`));
          return true;
        },
      );
    }
  });
});
