/** `30 Nov 2026, 14:03` in the reader's own time. */
export function dateAndTime(ms: number): string {
  return new Date(ms).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
