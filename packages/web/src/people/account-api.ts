/** The routes under `/account/v1` of the exchange that served the page: the session is the browser's cookie. */

/** A refusal: what happened, and what to do. */
export class AccountError extends Error {
  override readonly name = "AccountError";

  constructor(
    /** As the reference lists it; `UNREACHABLE` when there was no answer. */
    readonly code: string,
    message: string,
    readonly hint: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export class AccountApi {
  /** Of the session; sent with everything that changes something. */
  csrfToken = "";

  /** Throws {@link AccountError}. */
  async call<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`/account/v1/${path}`, {
        method,
        credentials: "same-origin",
        headers: {
          ...(this.csrfToken === "" ? {} : { "X-CSRF-Token": this.csrfToken }),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw unreachable(error);
    }
    const text = await response.text().catch((error: unknown) => {
      throw unreachable(error);
    });
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
    throw refusalIn(text, response.status);
  }
}

function unreachable(error: unknown): AccountError {
  const words = error instanceof Error ? error.message : String(error);
  return new AccountError(
    "UNREACHABLE",
    `The exchange did not answer (${words}).`,
    "See whether it was done, then try again.",
    0,
  );
}

function refusalIn(text: string, status: number): AccountError {
  let error: { code?: string; message?: string; hint?: string } | undefined;
  try {
    error = (JSON.parse(text) as { error?: typeof error }).error;
  } catch {
    // A proxy's own page.
  }
  return new AccountError(
    error?.code ?? "UNKNOWN",
    error?.message ?? `The exchange answered with status ${status}.`,
    error?.hint ?? "Try again.",
    status,
  );
}
