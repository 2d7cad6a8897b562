import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../../../../../../../", import.meta.url));

/** The folder of the compose file. */
export const COMPOSE_FOLDER = `${ROOT}deploy/compose/`;

export function readComposeText(name: string): string {
  return readFileSync(`${COMPOSE_FOLDER}${name}`, "utf8");
}

/** What lies at a path in a container. */
export interface Mount {
  readonly kind: "file" | "volume" | "secret" | "tmpfs";
  /** Path beside the compose file, or the name of the volume or secret. */
  readonly source: string;
  readonly path: string;
}

/** A service, with what is written shortly written out. */
export interface ComposeService {
  readonly name: string;
  readonly image: string;
  readonly isBuilt: boolean;
  readonly user: string | undefined;
  /** The whole command line; of images that are built here, the image's entry point comes first. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly hostname: string | undefined;
  /** Its address in the network when it has one that stays. */
  readonly address: string | undefined;
  readonly ports: readonly string[];
  readonly mounts: readonly Mount[];
  /** Program and arguments of the health check. */
  readonly healthCheck: readonly string[] | undefined;
  readonly dependsOn: Readonly<Record<string, string>>;
  readonly restart: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopGraceMs: number;
}

export interface Compose {
  readonly services: ReadonlyMap<string, ComposeService>;
  readonly volumes: readonly string[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly subnet: string;
  /** Where addresses of those that have none of their own come from. */
  readonly addressRange: string;
}

/** As the file says it; what is not understood here is refused below. */
interface WrittenService {
  readonly image: string;
  readonly build?: unknown;
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly hostname?: string;
  readonly networks: readonly string[] | Readonly<Record<string, { readonly ipv4_address: string }>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly secrets?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart: string;
  readonly stop_signal?: NodeJS.Signals;
  readonly stop_grace_period?: string;
}

/** Reads the repository's compose file. */
export function readCompose(): Compose {
  const file = parse(readComposeText("compose.yaml"), { merge: true }) as {
    readonly services: Readonly<Record<string, WrittenService>>;
    readonly volumes: Readonly<Record<string, unknown>>;
    readonly secrets: Readonly<Record<string, { readonly file: string }>>;
    readonly networks: {
      readonly exchange: {
        readonly ipam: { readonly config: readonly [{ readonly subnet: string; readonly ip_range: string }] };
      };
    };
  };
  const entryPoint = imageEntryPoint();
  const [{ subnet, ip_range: addressRange }] = file.networks.exchange.ipam.config;
  return {
    services: new Map(
      Object.entries(file.services).map(([name, written]) => [name, serviceOf(name, written, entryPoint)]),
    ),
    volumes: Object.keys(file.volumes),
    secrets: Object.fromEntries(Object.entries(file.secrets).map(([name, { file: path }]) => [name, path])),
    subnet,
    addressRange,
  };
}

/** What the image of this repository starts. */
function imageEntryPoint(): readonly string[] {
  const line = /^ENTRYPOINT (\[.*\])$/m.exec(readComposeText("Dockerfile"));
  return JSON.parse(line![1]!) as string[];
}

function serviceOf(name: string, written: WrittenService, entryPoint: readonly string[]): ComposeService {
  const isBuilt = written.build !== undefined;
  const [kind, ...check] = written.healthcheck?.test ?? [];
  if (kind !== undefined && kind !== "CMD") throw new Error(`${name}: its health check is no CMD`);
  return {
    name,
    image: written.image,
    isBuilt,
    user: written.user,
    command: [...(written.entrypoint ?? (isBuilt ? entryPoint : [])), ...(written.command ?? [])],
    environment: written.environment ?? {},
    hostname: written.hostname,
    address: "exchange" in written.networks ? written.networks.exchange?.ipv4_address : undefined,
    ports: written.ports ?? [],
    mounts: [
      ...(written.volumes ?? []).map((text): Mount => {
        const [source, path] = text.split(":") as [string, string];
        return { kind: source.startsWith("./") ? "file" : "volume", source, path };
      }),
      ...(written.tmpfs ?? []).map((text): Mount => {
        const [path] = text.split(":") as [string];
        return { kind: "tmpfs", source: name, path };
      }),
      ...(written.secrets ?? []).map(
        (source): Mount => ({ kind: "secret", source, path: `/run/secrets/${source}` }),
      ),
    ],
    healthCheck: kind === undefined ? undefined : check,
    dependsOn: Object.fromEntries(
      Object.entries(written.depends_on ?? {}).map(([other, { condition }]) => [other, condition]),
    ),
    restart: written.restart,
    stopSignal: written.stop_signal ?? "SIGTERM",
    stopGraceMs: Number(/^(\d+)s$/.exec(written.stop_grace_period ?? "10s")![1]) * 1000,
  };
}

/** All services that are started before one, directly or not. */
export function startedBefore(compose: Compose, name: string): ReadonlySet<string> {
  const before = new Set<string>();
  const visit = (service: string): void => {
    for (const other of Object.keys(compose.services.get(service)!.dependsOn)) {
      if (before.has(other)) continue;
      before.add(other);
      visit(other);
    }
  };
  visit(name);
  return before;
}
