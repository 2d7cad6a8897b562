/** A role as a process of its own, for tests: `node run-role-process.js KIND TOPOLOGY NAME`. */
import { type RoleKind, runRoleOfKind } from "../role.js";

const [, , kind = "", topologyFile = "", name = ""] = process.argv;

function tell(error: Error): void {
  process.stderr.write(`error: ${error.name}: ${error.message}\n`);
  process.exitCode = 1;
}

runRoleOfKind(kind as RoleKind, {
  topologyFile,
  name,
  logLevel: "info",
  version: "test",
  supervised: true,
  onFatal(error) {
    tell(error);
    process.exit();
  },
  // As on the command line: what has failed to start must end by itself.
}).catch(tell);
