import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, makeFolderOf, type Program, runAs, startProgram } from "./program.js";

/** Idle connections that a process of nginx keeps to the backends, as the exchange's own edge does. */
const KEPT_CONNECTIONS = 256;

/** Starts nginx in front of backends on ports of 127.0.0.1. */
export function startNginxFront(
  folder: string,
  port: number,
  backendPorts: readonly number[],
): Promise<Program> {
  const user = runAs("www-data");
  makeFolderOf(user, folder);
  const config = join(folder, "nginx.conf");
  writeFileSync(config, nginxConfig(port, backendPorts));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(config, user.uid, user.gid);
  return startProgram({
    file: findProgram("nginx", "nginx"),
    args: ["-p", folder, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"],
    user,
    logFile: join(folder, "nginx.log"),
    stopSignal: "SIGTERM",
    endsChildren: true,
    // It notes itself when it listens.
    isReady: (pid) => notedPid(folder) === pid,
  });
}

/**
 * As the exchange's own edge: the same processes, buffers and kept connections. It has no rate limits, and spreads by
 * least_conn alone.
 */
export function nginxConfig(port: number, backendPorts: readonly number[]): string {
  return `pid nginx.pid;
error_log stderr crit;
worker_processes auto;
worker_rlimit_nofile 16640;

events {
  worker_connections 8192;
}

http {
  server_tokens off;
  access_log off;
  client_body_temp_path temp_body;
  proxy_temp_path temp_proxy;
  fastcgi_temp_path temp_fastcgi;
  uwsgi_temp_path temp_uwsgi;
  scgi_temp_path temp_scgi;

  upstream backends {
    zone backends 128k;
    least_conn;
${backendPorts.map((backend) => `    server 127.0.0.1:${backend} max_fails=2 fail_timeout=2s;\n`).join("")}\
    keepalive ${KEPT_CONNECTIONS};
    keepalive_timeout 60s;
    keepalive_requests 1000000;
  }

  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_timeout 75s;
    keepalive_requests 1000000;
    client_max_body_size 16k;
    client_body_buffer_size 16k;

    proxy_http_version 1.1;
    proxy_connect_timeout 1s;
    proxy_read_timeout 30s;
    proxy_socket_keepalive on;
    proxy_buffer_size 16k;
    proxy_buffers 16 16k;
    proxy_max_temp_file_size 0;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Connection "";

    location / {
      proxy_pass http://backends;
    }
  }
}
`;
}

function notedPid(folder: string): number {
  try {
    return Number(readFileSync(join(folder, "nginx.pid"), "utf8"));
  } catch {
    return 0;
  }
}
