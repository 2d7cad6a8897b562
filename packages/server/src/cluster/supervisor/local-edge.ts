import { join } from "node:path";
import { startNginx } from "../../platform/servers/nginx-server.js";
import { edgeConfigOf } from "../edge/nginx-config.js";
import type { Topology } from "../topology/topology.js";
import type { Part } from "./part.js";

/** nginx in front of the backends, on this machine. */
export function edgePart(topology: Topology): Part {
  const folder = join(topology.data, "nginx");
  return {
    name: "nginx",
    role: "nginx",
    logFile: join(folder, "nginx.log"),
    async start() {
      const nginx = await startNginx({ folder, config: edgeConfigOf(topology) });
      return { pid: nginx.pid, ended: nginx.exited.then(() => "it has ended"), stop: () => nginx.stop() };
    },
  };
}
