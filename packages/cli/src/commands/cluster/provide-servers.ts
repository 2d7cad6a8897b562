import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { CommandFailure } from "../../terminal/failure.js";
import { tell } from "../../terminal/output.js";

/** Installs the servers that a cluster stands on when it may, or says what to install. */
export function provideServers(missing: readonly string[], mayInstall: boolean): void {
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  const what = `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not installed on this machine.`;
  const meaning = "A cluster runs on PostgreSQL, Redis and nginx; nothing was started.";
  if (!mayInstall) {
    throw new CommandFailure(
      what,
      meaning,
      `On Debian or Ubuntu, as root: ${command}; or let this command do it: --install.`,
    );
  }
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new CommandFailure(
      what,
      "--install needs root and apt-get; nothing was installed or started.",
      `On Debian or Ubuntu, as root: ${command}. Elsewhere install the same three servers.`,
    );
  }
  tell(`Installing ${missing.join(", ")} …`);
  // Run level 1: the packages' own servers are not started.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const { status } = spawnSync("sh", ["-c", `apt-get update && ${command}`], {
    env,
    stdio: ["ignore", 2, 2],
  });
  if (status === 0) return;
  throw new CommandFailure(
    `${command} failed.`,
    "Its words stand above; nothing was started.",
    "Put right what it names, then run this again.",
  );
}
