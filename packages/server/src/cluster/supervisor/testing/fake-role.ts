/**
 * A role that does nothing, for tests of the supervisor: `node fake-role.js CONTROL_PATH [MODE]`. It ends when its
 * standard input does, as the real ones. With `refuse` it ends with an error before it is ready; with `deaf` it is
 * never ready and ignores SIGTERM; with `lease FILE HEIR` it leads while FILE holds its name, and hands over to HEIR.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { serveRoleControl } from "../../role-control.js";

const [, , controlPath = "", mode, leaseFile = "", heir = ""] = process.argv;
const name = basename(controlPath, ".control");
if (mode === "refuse") {
  process.stderr.write(
    '{"level":30,"msg":"starting"}\nerror: the shard has schema 9.\n  This program knows 3.\n',
  );
  process.exit(1);
}
process.stderr.write('{"level":30,"msg":"ready soon"}\n');
process.on("SIGTERM", () => {
  if (mode !== "deaf") process.exit(0);
});
process.stdin.on("end", () => process.exit(0)).resume();
const startMs = performance.now();
await serveRoleControl(controlPath, {
  status() {
    const leads = mode !== "lease" || readFileSync(leaseFile, "utf8") === name;
    return {
      role: "engine",
      name,
      pid: process.pid,
      state: leads ? "leading" : "standing by",
      ready: mode !== "deaf",
      leads,
      partition: 0,
      epoch: 3,
      sequence: leads ? 1_000 : 990,
      // A thousand a second.
      done: Math.floor(performance.now() - startMs),
      commitMs: 1.5,
    };
  },
  async handover() {
    writeFileSync(leaseFile, heir);
  },
});
