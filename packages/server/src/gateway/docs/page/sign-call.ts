/** Signs a call as the exchange checks it. */

/** The URL with `timestamp` and, last of all, `signature`: HMAC-SHA256 over the query string as it is sent. */
export async function signedUrl(url: URL, secretKey: string, timeMs: number): Promise<string> {
  const query = `${url.search.slice(1)}${url.search.length > 1 ? "&" : ""}timestamp=${timeMs}`;
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    // A key of no bytes can't be imported; any other is refused by the exchange, with its own words.
    encoder.encode(secretKey === "" ? " " : secretKey),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(query)));
  const signature = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${url.origin}${url.pathname}?${query}&signature=${signature}`;
}
