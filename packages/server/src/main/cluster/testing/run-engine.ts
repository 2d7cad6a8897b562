/** An engine as a process of its own, for tests: `node run-engine.js TOPOLOGY NAME`. */
import { startEngineRole } from "../engine-role.js";
import { runRole } from "../run-role.js";

const [, , topologyFile = "", name = ""] = process.argv;

function end(error: Error): void {
  process.stderr.write(`error: ${error.name}: ${error.message}\n`);
  process.exit(1);
}

runRole({
  start: startEngineRole,
  topologyFile,
  name,
  logLevel: "info",
  version: "test",
  supervised: true,
  onFatal: end,
}).catch(end);
