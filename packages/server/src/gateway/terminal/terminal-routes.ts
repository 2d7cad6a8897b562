/** `/`: the trading terminal, as `packages/web` has bundled it. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import send from "@fastify/send";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const SITE = join(
  dirname(createRequire(import.meta.url).resolve("@buttonwood/web/package.json")),
  "dist",
  "site",
);

/**
 * The page runs what comes from here and nothing else, and speaks to nobody else: secrets are typed into it. Not even
 * its own scripts can make markup out of text.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  vary: "Accept-Encoding",
};

/** The page itself names the version's files, and is asked for again with its ETag; those never change. */
const Caching = { ASK_AGAIN: "no-cache", FOREVER: "public, max-age=31536000, immutable" } as const;
type Caching = (typeof Caching)[keyof typeof Caching];

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const NOT_BUILT =
  "The terminal's pages are not built. Run `npm run build` in the repository and start again.\n";

/** Adds a route for each file that there is, and for nothing else. `site` is the folder of the bundled pages. */
export function addTerminal(app: FastifyInstance, site = SITE): void {
  if (!existsSync(join(site, "index.html"))) {
    app.get("/", (_request, reply) => reply.status(503).type("text/plain; charset=utf-8").send(NOT_BUILT));
    return;
  }
  app.get("/", (request, reply) => sendFile(request, reply, site, "index.html", Caching.ASK_AGAIN));
  for (const name of readdirSync(join(site, "assets"))) {
    if (TYPES[extname(name)] === undefined) continue;
    const file = join("assets", name);
    app.get(`/assets/${name}`, (request, reply) => sendFile(request, reply, site, file, Caching.FOREVER));
  }
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  root: string,
  file: string,
  caching: Caching,
): Promise<FastifyReply> {
  const isCompressed = takesGzip(request) && existsSync(join(root, `${file}.gz`));
  const { statusCode, headers, stream } = await send(request.raw, isCompressed ? `${file}.gz` : file, {
    root,
    cacheControl: false,
    acceptRanges: false,
  });
  return reply
    .status(statusCode)
    .headers({
      ...headers,
      ...HEADERS,
      "content-type": TYPES[extname(file)]!,
      "cache-control": caching,
      ...(isCompressed ? { "content-encoding": "gzip" } : {}),
    })
    .send(stream);
}

function takesGzip(request: FastifyRequest): boolean {
  return /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?(?:\s|,|$))/.test(request.headers["accept-encoding"] ?? "");
}
