/** `/`: the trading terminal, as `packages/web` has bundled it. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const BUILT = join(dirname(createRequire(import.meta.url).resolve("@buttonwood/web/package.json")), "dist");
const SITE = join(BUILT, "site");
/** The operator's console, which the clients' listener does not have. */
const CONSOLE_SITE = join(BUILT, "console-site");

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

const NOT_BUILT = "The pages are not built. Run `npm run build` in the repository and start again.\n";

/** What is sent of a file, as it is or compressed. */
interface Content {
  readonly bytes: Buffer;
  readonly etag: string;
}

interface SiteFile {
  readonly type: string;
  readonly caching: Caching;
  readonly plain: Content;
  readonly gzipped: Content | undefined;
}

/**
 * Adds a route for each file that there is, and for nothing else. All are read now, about a megabyte: a build beside a
 * running exchange must not give its clients a page whose scripts it does not know. `site` is the folder of the pages.
 */
export function addTerminal(app: FastifyInstance, site = SITE): void {
  if (!existsSync(join(site, "index.html"))) {
    app.get("/", (_request, reply) => reply.status(503).type("text/plain; charset=utf-8").send(NOT_BUILT));
    return;
  }
  const add = (path: string, name: string, caching: Caching): void => {
    const file = siteFile(join(site, name), caching);
    if (file !== undefined) app.get(path, (request, reply) => sendFile(request, reply, file));
  };
  add("/", "index.html", Caching.ASK_AGAIN);
  for (const name of readdirSync(join(site, "assets"))) {
    add(`/assets/${name}`, join("assets", name), Caching.FOREVER);
  }
}

/** Adds the console's page in the same way, to the operator's listener. */
export function addConsolePage(app: FastifyInstance): void {
  addTerminal(app, CONSOLE_SITE);
}

/** Undefined for a file of another kind than a page has. */
function siteFile(path: string, caching: Caching): SiteFile | undefined {
  const type = TYPES[extname(path)];
  if (type === undefined) return undefined;
  const gzipped = existsSync(`${path}.gz`) ? contentOf(`${path}.gz`) : undefined;
  return { type, caching, plain: contentOf(path), gzipped };
}

function contentOf(path: string): Content {
  const bytes = readFileSync(path);
  return { bytes, etag: `"${createHash("sha256").update(bytes).digest("base64url")}"` };
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: SiteFile): FastifyReply {
  const gzipped = takesGzip(request) ? file.gzipped : undefined;
  const { bytes, etag } = gzipped ?? file.plain;
  reply.headers({ ...HEADERS, etag, "cache-control": file.caching });
  if (has(request, etag)) return reply.status(304).send();
  if (gzipped !== undefined) reply.header("content-encoding", "gzip");
  return reply.type(file.type).send(bytes);
}

/** Whether the client has this content already. */
function has(request: FastifyRequest, etag: string): boolean {
  const tags = request.headers["if-none-match"]?.split(",") ?? [];
  return tags.some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

function takesGzip(request: FastifyRequest): boolean {
  return /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?(?:\s|,|$))/.test(request.headers["accept-encoding"] ?? "");
}
