/** Bundles of the client, as an application's bundler makes them for browsers. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

export interface Bundle {
  readonly code: string;
  readonly bytes: number;
  readonly gzippedBytes: number;
  /** What it imports from elsewhere: nothing, in a browser. */
  readonly imports: readonly string[];
}

const ENTRY = "\0entry";

/** Bundles a program that imports from `@buttonwood/client`. */
export async function bundle(program: string): Promise<Bundle> {
  const here = fileURLToPath(import.meta.url);
  const build = await rolldown({
    input: ENTRY,
    platform: "browser",
    // What can't be resolved is left as an import, and seen below.
    onLog: () => {},
    plugins: [
      {
        name: "entry",
        resolveId(id, importer) {
          if (id === ENTRY) return id;
          return importer === ENTRY ? this.resolve(id, here) : null;
        },
        load: (id) => (id === ENTRY ? program : null),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  const chunks = output.filter((part) => part.type === "chunk");
  const names = new Set(chunks.map(({ fileName }) => fileName));
  const code = chunks.map((chunk) => chunk.code).join("\n");
  return {
    code,
    bytes: Buffer.byteLength(code),
    gzippedBytes: gzipSync(code).length,
    imports: chunks
      .flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
      .filter((name) => !names.has(name)),
  };
}
