import { Presets, SingleBar } from "cli-progress";

/** Work that is done before this shows nothing. */
const QUIET_MS = 1_000;
/** Without a terminal: a line at most this often. */
const LINE_MS = 5_000;

/** How far long work is, on stderr: a bar on a terminal, else a plain line every few seconds. */
export interface Progress {
  /** Sets how much is done, and what is going on. May be called as often as one likes. */
  update(done: number, note?: string): void;
  /** Corrects how much there is to do. */
  total(total: number): void;
  /** Ends it, and leaves the line empty. */
  stop(): void;
}

/** Starts telling about work of `total` steps (or 1, when `done` is a fraction). */
export function startProgress(label: string, total: number): Progress {
  const stream = process.stderr;
  const startMs = Date.now();
  let toDo = total;
  let note = "";
  if (stream.isTTY === true) {
    const bar = new SingleBar(
      {
        stream,
        format: `${label} {bar} {percentage} % {note}`,
        clearOnComplete: true,
        hideCursor: true,
        barsize: 30,
        fps: 5,
        linewrap: false,
      },
      Presets.shades_classic,
    );
    let shown = false;
    return {
      update(done, text) {
        note = text ?? note;
        if (!shown && Date.now() - startMs >= QUIET_MS) {
          shown = true;
          bar.start(toDo, done, { note });
        }
        if (shown) bar.update(done, { note });
      },
      total(value) {
        toDo = value;
        if (shown) bar.setTotal(value);
      },
      stop() {
        if (shown) bar.stop();
      },
    };
  }
  let saidMs = startMs - LINE_MS + 2 * QUIET_MS;
  return {
    update(done, text) {
      note = text ?? note;
      const nowMs = Date.now();
      if (nowMs - saidMs < LINE_MS) return;
      saidMs = nowMs;
      const percent = toDo > 0 ? Math.floor((done / toDo) * 100) : 0;
      stream.write(`${label}: ${percent} %${note === "" ? "" : `, ${note}`}\n`);
    },
    total(value) {
      toDo = value;
    },
    stop() {},
  };
}
