import { cpus } from "node:os";
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
      const nginx = await startNginx({
        folder,
        config: edgeConfigOf(topology, activeBackends(topology, cpus().length)),
      });
      return { pid: nginx.pid, ended: nginx.exited.then(() => "it has ended"), stop: () => nginx.stop() };
    },
  };
}

/**
 * How many backends of one machine take requests: as many as have a worker for each core, and one more, so that whoever
 * takes over from one that dies is warm already.
 */
export function activeBackends({ backends }: Topology, cores: number): number {
  let workers = 0;
  const enough = backends.findIndex((backend) => {
    workers += backend.workers;
    return workers >= cores;
  });
  return enough < 0 ? backends.length : Math.min(backends.length, enough + 2);
}
