/** `/docs`: the page that shows the API and tries it, and the two documents it is written from. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import send from "@fastify/send";
import type { FastifyInstance, FastifyReply, onRequestHookHandler } from "fastify";
import { asyncApiDocument } from "../documents/asyncapi.js";
import { openApiDocument } from "../documents/openapi.js";

const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** Every file that is served, by its name below `/docs/`, and where it lies: nothing else can be asked for. */
const FILES: Readonly<Record<string, readonly [folder: string, file: string]>> = {
  "": [join(PACKAGE, "docs-page"), "index.html"],
  streams: [join(PACKAGE, "docs-page"), "streams.html"],
  "page.css": [join(PACKAGE, "docs-page"), "page.css"],
  "rest-page.js": [join(PACKAGE, "dist", "gateway", "docs", "page"), "rest-page.js"],
  "sign-call.js": [join(PACKAGE, "dist", "gateway", "docs", "page"), "sign-call.js"],
  "streams-page.js": [join(PACKAGE, "dist", "gateway", "docs", "page"), "streams-page.js"],
  "swagger-ui.css": [SWAGGER_UI, "swagger-ui.css"],
  "swagger-ui-bundle.js": [SWAGGER_UI, "swagger-ui-bundle.js"],
};

/**
 * The page runs what comes from here and nothing else, and speaks to nobody else: whoever types a secret into it
 * must be able to trust that. Images in `data:` are the icons of Swagger UI's own style sheet.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  // Asked for again with its ETag: a page of an older version would describe another API.
  "cache-control": "no-cache",
};

const JSON_TYPE = "application/json;charset=UTF-8";

/** Written once for the process. */
const documents = new Map<string, { readonly openApi: string; readonly asyncApi: string }>();

function documentsOf(version: string): { readonly openApi: string; readonly asyncApi: string } {
  let written = documents.get(version);
  if (written === undefined) {
    written = {
      openApi: JSON.stringify(openApiDocument(version)),
      asyncApi: JSON.stringify(asyncApiDocument(version)),
    };
    documents.set(version, written);
  }
  return written;
}

/** `admit` runs before each of them. */
export function addDocs(app: FastifyInstance, version: string, admit: onRequestHookHandler): void {
  const options = { onRequest: admit };
  const { openApi, asyncApi } = documentsOf(version);
  const sendJson = (reply: FastifyReply, json: string): FastifyReply =>
    reply.headers(HEADERS).type(JSON_TYPE).send(json);
  app.get("/docs/openapi.json", options, (_request, reply) => sendJson(reply, openApi));
  app.get("/docs/asyncapi.json", options, (_request, reply) => sendJson(reply, asyncApi));
  // Links of the page are relative to `/docs/`.
  app.get("/docs", options, (_request, reply) => reply.redirect("/docs/"));
  for (const [name, [root, file]] of Object.entries(FILES)) {
    app.get(`/docs/${name}`, options, async (request, reply) => {
      const { statusCode, headers, stream } = await send(request.raw, file, { root, cacheControl: false });
      return reply
        .status(statusCode)
        .headers({ ...headers, ...HEADERS })
        .send(stream);
    });
  }
}
