/** Requests to the exchange that served the page, beside its public API: the session is the browser's cookie. */

/** A refusal: what happened, and what to do. */
export class SiteRefusal extends Error {
  override readonly name = "SiteRefusal";

  constructor(
    /** Of HTTP; 0: there was no answer. */
    readonly status: number,
    /** As the reference lists it; `UNREACHABLE` when there was no answer. */
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

export type SiteMethod = "GET" | "POST" | "PATCH" | "DELETE";

/** An answer that takes longer is given up, in ms. */
const ANSWER_MS_MAX = 30_000;

/** Sends a request, with the session's CSRF token where it has one. Throws {@link SiteRefusal}. */
export async function siteRequest<T>(
  method: SiteMethod,
  path: string,
  { csrfToken, body }: { readonly csrfToken: string; readonly body?: object | undefined },
): Promise<{ readonly value: T; readonly headers: Headers }> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      headers: {
        ...(csrfToken === "" ? {} : { "X-CSRF-Token": csrfToken }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch {
    throw new SiteRefusal(
      0,
      "UNREACHABLE",
      "The exchange does not answer.",
      method === "GET" ? "Try again." : "It may or may not have been done: look before you try again.",
    );
  }
  if (!response.ok) throw refusalIn(text, response.status);
  return { value: (text === "" ? undefined : JSON.parse(text)) as T, headers: response.headers };
}

function refusalIn(text: string, status: number): SiteRefusal {
  let error: { code?: string; message?: string; hint?: string } | undefined;
  try {
    error = (JSON.parse(text) as { error?: typeof error }).error;
  } catch {
    // A proxy's own page.
  }
  return new SiteRefusal(
    status,
    error?.code ?? "UNKNOWN",
    error?.message ?? `The exchange answered with status ${status}.`,
    error?.hint ?? "Try again.",
  );
}
