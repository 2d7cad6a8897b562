import { open, rename } from "node:fs/promises";

/** Writes a file as a whole or not at all, readable by its owner alone. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
