import { createRequire } from "node:module";
import fastify, { type FastifyInstance } from "fastify";
import type { TSchema } from "#typebox";
import { Default } from "#typebox/value";
import { EngineBusyError, OutcomeUnknownError } from "../../transport/engine-port.js";
import { bodyShape } from "../body-shape.js";
import { jsonFault } from "../json-shape.js";
import { PeopleErrors, PeopleRefusal } from "../people/people-errors.js";
import { AdminError } from "./admin-error.js";

const require = createRequire(import.meta.url);

/** How deep a body may nest. */
const DEPTH_MAX = 8;

/** Writes answers with what their schema names and nothing else, whatever the object at hand may carry. */
function answerWriter(schema: TSchema): (answer: unknown) => string {
  // Loaded when first needed, as it is compiled: dozens of gateways start at once, and most never answer an operator.
  return (require("fast-json-stringify") as (schema: TSchema) => (answer: unknown) => string)(schema);
}

/** An app for operators without routes: small bodies, exact types, and refusals with a code and what to do. */
export function createOperatorApp(routes: readonly string[]): FastifyInstance {
  const app = fastify({ bodyLimit: 16 * 1024 });
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const faultOf = bodyShape(schema, httpPart === "querystring" ? "the query" : "the body");
    return (value) => {
      const whole = Default(schema, value);
      const fault = faultOf(whole);
      if (fault === undefined) return { value: whole };
      const message = `The request does not fit: ${fault}.`;
      return { error: new AdminError(400, "INVALID_REQUEST", message, "Correct it and send again.") };
    };
  });
  app.setSerializerCompiler<TSchema>(({ schema }) => {
    let write: ((answer: unknown) => string) | undefined;
    return (answer) => {
      write ??= answerWriter(schema);
      return write(answer);
    };
  });
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (jsonFault(body as string, DEPTH_MAX) === undefined) {
      parse(request, body as string, done);
      return;
    }
    done(
      new AdminError(
        400,
        "INVALID_REQUEST",
        "A name stands twice in the body, or its values nest too deep.",
        "Correct it and send again.",
      ),
    );
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const refusal = asAdminError(error);
    return reply
      .status(refusal.status)
      .headers(refusal.headers)
      .send({ error: { code: refusal.code, message: refusal.message, hint: refusal.hint } });
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.status(404).send({
      error: {
        code: "NO_SUCH_ROUTE",
        message: "The operator's listener has no such route.",
        hint: `It has ${routes.join(", ")}.`,
      },
    }),
  );
  return app;
}

function asAdminError(error: Error & { statusCode?: number }): AdminError {
  if (error instanceof AdminError) return error;
  if (error instanceof PeopleRefusal) {
    const { status, code, message, retryAfterSeconds } = error;
    const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
    return new AdminError(status, code, message, PeopleErrors[code].hint, headers);
  }
  if (error instanceof EngineBusyError) {
    return new AdminError(
      503,
      "BUSY",
      "The engine has too much in flight; nothing was sent.",
      "Try again soon.",
    );
  }
  if (error instanceof OutcomeUnknownError) {
    return new AdminError(
      504,
      "OUTCOME_UNKNOWN",
      "The engine was lost before it answered: the command may or may not have taken effect.",
      "Send it again with the same reference, or look at the state first.",
    );
  }
  // The codec refuses what it can't write, before anything is sent.
  if (error instanceof RangeError) return new AdminError(400, "INVALID_VALUE", error.message, "Correct it.");
  const status = error.statusCode ?? 500;
  if (status < 500) return new AdminError(status, "INVALID_REQUEST", error.message, "Correct the request.");
  return new AdminError(500, "INTERNAL", error.message, "Look at the log around this time.");
}
