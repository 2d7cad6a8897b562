/**
 * A role that does nothing, for tests of the supervisor: `node fake-role.js CONTROL_PATH [refuse|deaf]`. It ends
 * when its standard input does, as the real ones; `refuse` ends with an error before it is ready, `deaf` is never
 * ready and ignores SIGTERM.
 */
import { serveRoleControl } from "../../role-control.js";

const [, , controlPath, mode] = process.argv;
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
await serveRoleControl(controlPath!, {
  status: () => ({
    role: "engine",
    name: "fake",
    pid: process.pid,
    state: "leading",
    ready: mode !== "deaf",
    leads: true,
    partition: 0,
    epoch: 3,
    sequence: 1_000,
    // A thousand a second.
    done: Math.floor(performance.now() - startMs),
    commitMs: 1.5,
  }),
});
