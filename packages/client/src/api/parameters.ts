/** Parameters of a request, and how they are written. */

export type ParameterValue = string | number | boolean | readonly string[];
/** What is undefined is not sent. */
export type Parameters = Readonly<Record<string, ParameterValue | undefined>>;

/** A value as the text that is sent and signed. */
export function parameterText(value: ParameterValue): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** As a query string, in their own order. */
export function queryOf(parameters: Parameters): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) parts.push(`${name}=${encodeURIComponent(parameterText(value))}`);
  }
  return parts.join("&");
}

/** As the WebSocket API signs them: sorted by name, nothing percent-encoded. */
export function sortedText(parameters: Parameters): string {
  return Object.keys(parameters)
    .filter((name) => parameters[name] !== undefined)
    .sort()
    .map((name) => `${name}=${parameterText(parameters[name]!)}`)
    .join("&");
}
