/** A role as a process of its own, for tests: `node run-role-process.js KIND TOPOLOGY NAME`. */
import { type RoleKind, runRoleOfKind } from "../role.js";

const [, , kind = "", topologyFile = "", name = ""] = process.argv;

function end(error: Error): void {
  process.stderr.write(`error: ${error.name}: ${error.message}\n`);
  process.exit(1);
}

runRoleOfKind(kind as RoleKind, {
  topologyFile,
  name,
  logLevel: "info",
  version: "test",
  supervised: true,
  onFatal: end,
}).catch(end);
