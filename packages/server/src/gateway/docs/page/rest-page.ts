/** Runs in the page: Swagger UI over the OpenAPI document, and signed calls with the key that was typed in. */
import { signedUrl } from "./sign-call.js";

interface Parameter {
  readonly name?: string;
  readonly $ref?: string;
}
interface Operation {
  security?: unknown;
  parameters?: readonly Parameter[];
  readonly "x-scope"?: string;
}
interface OpenApi {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { securitySchemes?: unknown };
}
interface Call {
  url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
}

declare const SwaggerUIBundle: (options: Record<string, unknown>) => unknown;

const field = (id: string): HTMLInputElement => document.getElementById(id) as HTMLInputElement;

function showKeyState(): void {
  const hasBoth = field("api-key").value.trim() !== "" && field("secret").value.trim() !== "";
  document.getElementById("key-state")!.textContent = hasBoth
    ? "Calls that need a signature are signed."
    : "";
}

/** The exchange's clock less this one, in ms: a signed call is refused when its time is off. */
async function clockAheadMs(): Promise<number> {
  const sentMs = Date.now();
  const response = await fetch("/api/v3/time");
  const { serverTime } = (await response.json()) as { serverTime: number };
  return serverTime - (sentMs + Date.now()) / 2;
}

/** What this page does by itself needs no field: time, key and signature. */
function withoutSigning(source: OpenApi): OpenApi {
  const shown = structuredClone(source);
  shown.components.securitySchemes = {};
  for (const path of Object.values(shown.paths)) {
    for (const operation of Object.values(path)) {
      operation.security = [];
      operation.parameters = (operation.parameters ?? []).filter(
        ({ $ref }) => $ref !== "#/components/parameters/timestamp",
      );
    }
  }
  return shown;
}

async function show(): Promise<void> {
  const source = (await (await fetch("openapi.json")).json()) as OpenApi;
  const aheadMs = await clockAheadMs().catch(() => 0);
  const operationOf = ({ method, url }: Call): Operation | undefined =>
    source.paths[new URL(url, location.href).pathname]?.[method.toLowerCase()];

  SwaggerUIBundle({
    spec: withoutSigning(source),
    dom_id: "#operations",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    // Asks no other server whether the document is valid.
    validatorUrl: null,
    requestInterceptor: async (call: Call) => {
      const operation = operationOf(call);
      const apiKey = field("api-key").value.trim();
      if (operation?.security === undefined || apiKey === "") return call;
      if ((operation.security as readonly unknown[]).length === 0) return call;
      call.headers["X-MBX-APIKEY"] = apiKey;
      if (operation["x-scope"] === undefined) return call;
      const timeMs = Math.round(Date.now() + aheadMs);
      call.url = await signedUrl(new URL(call.url, location.href), field("secret").value.trim(), timeMs);
      return call;
    },
  });
}

// Swagger UI has its dark colours under a class.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = (): void => {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
};
dark.addEventListener("change", paint);
paint();
document.getElementById("key")!.addEventListener("input", showKeyState);
document.getElementById("key")!.addEventListener("submit", (event) => event.preventDefault());
void show();
