import type { RebuildProgress } from "@buttonwood/server";
import { type OutputOptions, printResult } from "./output.js";
import { startProgress } from "./progress.js";
import { grouped } from "./table.js";

/** Runs a rebuild of query tables, shows how far it is, and prints what it made. Rejects with what it rejects with. */
export async function showRebuild(
  options: OutputOptions,
  rebuild: (onProgress: (progress: RebuildProgress) => void) => Promise<RebuildProgress>,
): Promise<void> {
  const progress = startProgress("rebuild", 1);
  const startMs = performance.now();
  let result: RebuildProgress;
  try {
    result = await rebuild(({ sequence, target }) =>
      progress.update(
        target === 0 ? 1 : sequence / target,
        `${grouped(sequence)} of ${grouped(target)} commands`,
      ),
    );
  } finally {
    progress.stop();
  }
  const { sequence, rows } = result;
  const seconds = (performance.now() - startMs) / 1000;
  printResult(
    options,
    { sequence, rows, seconds },
    () =>
      `The query tables stand at sequence ${grouped(sequence)}: ${grouped(rows)} rows in ${seconds.toFixed(1)} s.`,
  );
}
