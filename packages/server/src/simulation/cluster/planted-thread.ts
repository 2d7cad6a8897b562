/** A thread that searches planted bugs and posts what it has found. */
import { parentPort, workerData } from "node:worker_threads";
import { PLANTED_CLUSTER_BUGS } from "./planted-cluster-bugs.js";
import { runClusterSeed } from "./run-cluster-seed.js";
import { runThreads, type Share } from "./threads.js";

/** A bug that is not found within so many seeds would not have been found. */
export const PLANTED_SEEDS_MAX = 1_000;

const COMMANDS = 80;

export interface Search {
  readonly bug: string;
  /** The first seed that fails; undefined when none does. */
  readonly seed: number | undefined;
  readonly failure: string;
  readonly seconds: number;
}

export interface SearchOptions {
  /** Only bugs whose names contain this. */
  readonly word: string;
  /** Under the faults under which a bug shows soon, instead of all faults. */
  readonly isShort: boolean;
}

/** Searches planted bugs with seeds from 1 on. They come in no order. */
export function searchPlantedBugs(
  { word, isShort }: SearchOptions,
  onSearched: (search: Search) => void,
): Promise<void> {
  const bugs = Object.keys(PLANTED_CLUSTER_BUGS).filter((bug) => bug.includes(word));
  return runThreads<Search>("./planted-thread.js", { bugs, isShort }, (search) => {
    onSearched(search);
    return true;
  });
}

async function search(bug: string, isShort: boolean): Promise<Search> {
  const startedMs = performance.now();
  const { under, seed: first = 1, ...plant } = PLANTED_CLUSTER_BUGS[bug]!;
  const focus = isShort ? under : undefined;
  const done = (seed: number | undefined, failure: string): Search => ({
    bug,
    seed,
    failure,
    seconds: (performance.now() - startedMs) / 1000,
  });
  const seeds = Array.from({ length: PLANTED_SEEDS_MAX }, (_, index) => index + 1);
  for (const seed of isShort ? [first, ...seeds] : seeds) {
    const { failure } = await runClusterSeed(seed, { commands: COMMANDS, plant, focus });
    if (failure !== undefined) return done(seed, failure.split("\n")[0]!);
  }
  return done(undefined, "");
}

type ThreadSearch = Share & { readonly bugs: readonly string[]; readonly isShort: boolean };

if (parentPort !== null) {
  const { bugs, isShort, thread, threads } = workerData as ThreadSearch;
  for (const [index, bug] of bugs.entries()) {
    if (index % threads === thread) parentPort.postMessage(await search(bug, isShort));
  }
}
