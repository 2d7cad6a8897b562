import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DataFolderLock, DataFolderLockedError } from "./data-folder-lock.js";

const MODULE = new URL("./data-folder-lock.js", import.meta.url).href;

describe("lock of the data folder", () => {
  it("is taken once, says who holds it, and is free after release", () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-lock-"));
    const lock = DataFolderLock.take(dataFolder);
    assert.throws(
      () => DataFolderLock.take(dataFolder),
      (error: Error) => {
        assert.ok(error instanceof DataFolderLockedError);
        assert.match(error.message, new RegExp(`in use by process ${process.pid} on .+ since .+`));
        assert.match(error.message, /Stop the other one, or start this one with another folder/);
        return true;
      },
    );
    lock.release();
    DataFolderLock.take(dataFolder).release();
    rmSync(dataFolder, { recursive: true });
  });

  it("is free after its process was killed", async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-lock-"));
    const script = `
      import { DataFolderLock } from ${JSON.stringify(MODULE)};
      DataFolderLock.take(${JSON.stringify(dataFolder)});
      console.log("held");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    assert.throws(
      () => DataFolderLock.take(dataFolder),
      (error: Error) => {
        assert.ok(error.message.includes(`process ${child.pid} `), error.message);
        return true;
      },
    );
    child.kill("SIGKILL");
    await once(child, "exit");
    DataFolderLock.take(dataFolder).release();
    rmSync(dataFolder, { recursive: true });
  });
});
