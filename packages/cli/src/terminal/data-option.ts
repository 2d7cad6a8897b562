import { Option } from "commander";

/** Where an exchange keeps its data when nothing else is said. */
export const DATA_DEFAULT = "./data";

/** `--data DIR`, the same for every command. */
export function dataOption(): Option {
  return new Option("--data <DIR>", "the exchange's data folder").default(DATA_DEFAULT);
}

/** ` --data DIR` for a command that is shown to be typed; nothing for the default folder. */
export function dataArgument(data: string): string {
  return data === DATA_DEFAULT ? "" : ` --data ${typed(data)}`;
}

/** A word as it is typed in a shell. */
export function typed(word: string): string {
  return /^[\w./:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export interface DataOption {
  readonly data: string;
}
