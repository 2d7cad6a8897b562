import { type Address, formatAddress } from "../../platform/address.js";
import { DATA_HEADERS, ORIGIN_HEADERS, STRICT_TRANSPORT_HEADER } from "../../platform/answer-headers.js";
import type { EdgeEntry, Topology } from "../topology/topology.js";

/** What the edge does for a cluster's backends; see `docs/operating/edge.md`. */
export interface EdgeOptions {
  readonly listen: EdgeEntry;
  readonly backends: readonly Address[];
  /**
   * So many of the backends, from the first on, take what names no symbol; the others stand by for it. None = all of
   * them.
   */
  readonly activeBackends?: number | undefined;
  /** Symbols known by name: in whatever case clients write them, they go to the same backend. */
  readonly symbols: readonly string[];
  /** Processes of nginx; none = one for each core. */
  readonly workers?: number;
  /** A client that takes longer for its request's head, or is silent inside its body, is cut, in s. */
  readonly clientTimeoutSeconds?: number;
  /** Requests of one address, a second; short bursts of as many are let through. */
  readonly requestsPerSecondMax?: number;
  /** Requests and WebSockets of one address that are open at the same time. */
  readonly openPerAddressMax?: number;
}

/** Longer than any order takes: a client must be able to send a request's head in this time, in s. */
const CLIENT_TIMEOUT_SECONDS = 10;
/** The weight that clients are told they may use in a minute is 1,200,000, and a request weighs one at least. */
const REQUESTS_PER_SECOND_MAX = 20_000;
const OPEN_PER_ADDRESS_MAX = 2_000;

/** Connections of one process of nginx; half of them lead to backends. */
const WORKER_CONNECTIONS = 8_192;
/** Idle connections that a process of nginx keeps to the backends. */
const KEPT_CONNECTIONS = 256;

/** A symbol as it may stand in a query or path. Anything else does not choose a backend. */
const SYMBOL = "[A-Za-z0-9_.-]{1,32}";

/** Bodies of the edge's own refusals, as the gateway would write them. */
const REFUSALS = {
  illegal: [400, -1100, "Illegal characters found in a parameter."],
  not_found: [404, -1020, "This operation is not supported."],
  too_large: [413, -1101, "Too many parameters sent for this endpoint."],
  too_many: [429, -1003, "Too many requests."],
  unavailable: [503, -1001, "Internal error; unable to process your request. Please try again."],
  unknown: [
    504,
    -1007,
    "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
  ],
} as const satisfies Record<string, readonly [status: number, code: number, message: string]>;

/** The configuration of nginx in front of a topology's backends. `activeBackends`: see {@link EdgeOptions}. */
export function edgeConfigOf(topology: Topology, activeBackends?: number): string {
  return nginxConfig({
    listen: topology.edge,
    activeBackends,
    backends: topology.backends.map(({ listen }) => listen),
    symbols: topology.partitions.flatMap(({ symbols }) => symbols),
  });
}

/**
 * Writes a whole configuration of nginx. All its paths are relative: nginx is started with its own folder as prefix
 * (`nginx -p FOLDER -c FILE`).
 */
export function nginxConfig(options: EdgeOptions): string {
  const {
    listen: edge,
    backends,
    activeBackends = backends.length,
    symbols,
    workers,
    clientTimeoutSeconds = CLIENT_TIMEOUT_SECONDS,
    requestsPerSecondMax = REQUESTS_PER_SECOND_MAX,
    openPerAddressMax = OPEN_PER_ADDRESS_MAX,
  } = options;
  const { host, port, tls } = edge;
  const address = formatAddress({ host, port });
  return `# Written by buttonwood: nginx in front of its backends.
pid nginx.pid;
# nginx writes whole requests into its log, with their signatures: only what ends it goes there.
error_log stderr crit;
worker_processes ${workers ?? "auto"};
worker_rlimit_nofile ${WORKER_CONNECTIONS * 2 + 256};
# WebSockets never end by themselves: a reload or stop waits this long for them.
worker_shutdown_timeout 5s;

events {
  worker_connections ${WORKER_CONNECTIONS};
}

http {
  server_tokens off;
  default_type "application/json;charset=UTF-8";
  client_body_temp_path temp_body;
  proxy_temp_path temp_proxy;
  fastcgi_temp_path temp_fastcgi;
  uwsgi_temp_path temp_uwsgi;
  scgi_temp_path temp_scgi;
  map_hash_max_size 16384;
  map_hash_bucket_size 128;

  # What backends failed to answer, without queries.
  map $status $failed {
    "~^50[234]$" 1;
    default 0;
  }
  log_format failures escape=json
    '{"time":"$time_iso8601","status":$status,"method":"$request_method","path":"$uri",'
    '"backend":"$upstream_addr","backendStatus":"$upstream_status","seconds":$request_time}';
  access_log failures.log failures if=$failed;

  # The symbol that a request names: in its query, or first among its streams.
  map "$arg_symbol $uri $arg_streams" $named_symbol {
    "~^(?<named>${SYMBOL}) " $named;
    "~^ /ws/(?<named>${SYMBOL})@" $named;
    "~^ /stream/? (?<named>${SYMBOL})(?:@|%40)" $named;
    default "";
  }
  # Known ones are the same in every case of their letters.
  map $named_symbol $symbol {
${symbols.map((symbol) => `    ${symbol} ${symbol};\n`).join("")}    default $named_symbol;
  }
  # A page and its files come from one backend: another one may be of another version, and have other files.
  map "$symbol $uri" $backends {
    "~^ /(?:$|assets/|docs)" by_client;
    "~^ " least_busy;
    default by_symbol;
  }
  upstream by_symbol {
    zone by_symbol 128k;
    hash $symbol consistent;
${servers(backends, backends.length)}
  }
  upstream by_client {
    zone by_client 128k;
    hash $remote_addr consistent;
${servers(backends, activeBackends, false)}
  }
  upstream least_busy {
    zone least_busy 128k;
    least_conn;
${servers(backends, activeBackends)}
  }

  # With its port: pages are checked by it to be the own ones. Without one it is the address that was connected to.
  map $http_host $named_host {
    "" $server_addr:$server_port;
    default $http_host;
  }
  # Only WebSockets are upgraded; all other connections to backends are kept for the next request.
  map $http_upgrade $upgrade {
    "~*^websocket$" websocket;
    default "";
  }
  map $upgrade $connection_header {
    "" "";
    default upgrade;
  }
  # What is lost: a request of which no byte was sent has changed nothing, and a read never does.
  map "$request_method $upstream_bytes_sent" $lost {
    "~^(GET|HEAD) " unavailable;
    "~^[A-Z]+ [0, :-]*$" unavailable;
    default unknown;
  }
  map $request_method $may_repeat {
    GET 1;
    HEAD 1;
    # nginx itself passes a POST on only when it could not connect.
    POST 1;
    default 0;
  }

  limit_req_zone $binary_remote_addr zone=requests:16m rate=${requestsPerSecondMax}r/s;
  limit_conn_zone $binary_remote_addr zone=open:16m;

  server {
${listenLines(address, tls)}
    limit_req zone=requests burst=${requestsPerSecondMax} nodelay;
    limit_req_status 429;
    limit_req_log_level info;
    limit_conn open ${openPerAddressMax};
    limit_conn_status 429;
    limit_conn_log_level info;

    client_header_timeout ${clientTimeoutSeconds}s;
    client_body_timeout ${clientTimeoutSeconds}s;
    send_timeout ${clientTimeoutSeconds}s;
    reset_timedout_connection on;
    keepalive_timeout 75s;
    keepalive_requests 1000000;
    client_header_buffer_size 2k;
    large_client_header_buffers 4 16k;
    client_max_body_size 16k;
    client_body_buffer_size 16k;

    proxy_http_version 1.1;
    proxy_connect_timeout 1s;
    proxy_send_timeout 10s;
    proxy_read_timeout 30s;
    proxy_socket_keepalive on;
    proxy_buffer_size 16k;
    proxy_buffers 16 16k;
    proxy_max_temp_file_size 0;
    proxy_next_upstream error timeout;
    proxy_next_upstream_tries 3;
    proxy_next_upstream_timeout 5s;

    # What clients say about where they come from is not believed.
    proxy_set_header Host $named_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host "";
    proxy_set_header X-Forwarded-Port "";
    proxy_set_header X-Forwarded-Server "";
    proxy_set_header X-Client-IP "";
    proxy_set_header True-Client-IP "";
    proxy_set_header Forwarded "";
    proxy_set_header Upgrade $upgrade;
    proxy_set_header Connection $connection_header;

    recursive_error_pages on;
    # A request of which no path could be read can't be led to a named location.
    error_page 400 414 494 = /refused;
    error_page 418 = @once;
    error_page 413 = @too_large;
    error_page 429 = @too_many;
    error_page 502 504 = @lost;

    location / {
      if ($may_repeat = 0) {
        return 418;
      }
      proxy_pass http://$backends;
    }
    # A cancel that took effect would be refused when it is sent again.
    location @once {
      proxy_next_upstream off;
      proxy_pass http://$backends;
    }
    # For those who operate the cluster, on the backends' own addresses.
    location = /metrics {
${refuse("not_found", tls)}
    }

    location @lost {
      if ($lost = unavailable) {
${refuse("unavailable", tls, "        ")}
      }
${refuse("unknown", tls)}
    }
    location = /refused {
      internal;
${refuse("illegal", tls)}
    }
    location @too_large {
${refuse("too_large", tls)}
    }
    location @too_many {
      add_header Retry-After 1 always;
${refuse("too_many", tls)}
    }
  }
}
`;
}

/**
 * The backends of an upstream: one that fails is left alone for a moment. Those behind the active ones stand by, where
 * they may: a hash over the backends knows no such thing, and has the active ones alone.
 */
function servers(backends: readonly Address[], active: number, mayStandBy = true): string {
  const lines = backends
    .slice(0, mayStandBy ? backends.length : active)
    .map(
      (address, place) =>
        `    server ${formatAddress(address)} max_fails=2 fail_timeout=2s${place < active ? "" : " backup"};`,
    );
  // The backends close idle connections after 75 s, and must not be the first.
  return `${lines.join("\n")}
    keepalive ${KEPT_CONNECTIONS};
    keepalive_timeout 60s;
    keepalive_requests 1000000;`;
}

function listenLines(address: string, tls: EdgeEntry["tls"]): string {
  if (tls === undefined) return `    listen ${address} backlog=4096;`;
  return `    listen ${address} ssl backlog=4096;
    ssl_certificate "${tls.certificateFile}";
    ssl_certificate_key "${tls.keyFile}";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:8m;
    ssl_session_timeout 1h;
${headerLines(STRICT_TRANSPORT_HEADER, "    ").trimEnd()}`;
}

function headerLines(headers: Readonly<Record<string, string>>, indent: string): string {
  return Object.entries(headers)
    .map(([name, value]) => `${indent}add_header ${name} "${value}" always;\n`)
    .join("");
}

/** The headers are those of the gateway's answers: nginx drops the server's own where a place has others. */
function refuse(name: keyof typeof REFUSALS, tls: EdgeEntry["tls"], indent = "      "): string {
  const [status, code, message] = REFUSALS[name];
  const headers = {
    ...DATA_HEADERS,
    ...ORIGIN_HEADERS,
    ...(tls === undefined ? {} : STRICT_TRANSPORT_HEADER),
  };
  return `${headerLines(headers, indent)}${indent}return ${status} '${JSON.stringify({ code, msg: message })}';`;
}
