import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { processTable, processTree } from "../process-table.js";
import { freePort } from "./free-port.js";
import { NginxConfigError, startNginx } from "./nginx-server.js";

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-nginx-"));
  chmodSync(folder, 0o755);
});

after(() => rmSync(folder, { recursive: true }));

function config(port: number, answer: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path temp_${name};`)
    .join(" ");
  return (
    "pid nginx.pid; error_log stderr; worker_processes 2; worker_shutdown_timeout 1s; events {} " +
    `http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; return 200 "${answer}"; } }`
  );
}

const get = async (port: number): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
  return answer.text();
};

describe("nginx from the machine's program", () => {
  it("runs in its folder as its own user, takes another configuration, and ends with its workers", async () => {
    const port = await freePort();
    const home = join(folder, "runs");
    let nginx = await startNginx({ folder: home, config: config(port, "one") });
    if (process.getuid?.() === 0) assert.notEqual(statSync(join(home, "nginx.pid")).uid, 0);
    assert.equal(await get(port), "one");

    await assert.rejects(nginx.reload("events {} nonsense;"), (error: Error) => {
      assert.ok(error instanceof NginxConfigError);
      assert.match(error.message, /unknown directive "nonsense" in .*nginx\.conf\.new:1/);
      return true;
    });
    assert.equal(await get(port), "one");
    await nginx.reload(config(port, "two"));
    while ((await get(port)) !== "two") await sleep(20);

    const workers = processTree(processTable(), nginx.pid);
    assert.ok(workers.length >= 3, `${workers.length} processes`);
    await nginx.kill();
    await nginx.exited;
    nginx = await startNginx({ folder: home, config: config(port, "three") });
    assert.equal(await get(port), "three");
    await nginx.stop();
    await assert.rejects(get(port));
  });

  it("says what is wrong with a configuration, and that a port is taken", async () => {
    await assert.rejects(
      startNginx({ folder: join(folder, "wrong"), config: "events {} http { server { listen x:y; } }" }),
      /nginx refuses its configuration .*\n.*invalid port in "x:y"/,
    );
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await assert.rejects(
      startNginx({ folder: join(folder, "taken"), config: config(port, "never") }),
      new RegExp(`bind\\(\\) to 127\\.0\\.0\\.1:${port} failed \\(98: Address already in use\\)`),
    );
    other.close();
  });
});
