import type { EngineEvent } from "../engine/engine.js";

/** What an operator should read. */
export interface EngineNotice {
  readonly level: "info" | "warn" | "error";
  readonly text: string;
}

/** What an operator should read of an engine's event; undefined when there is nothing to say, or it is said elsewhere. */
export function noticeOf(event: EngineEvent): EngineNotice | undefined {
  switch (event.kind) {
    case "recovering":
    case "stopped":
      return undefined;
    case "damagedSnapshot":
      return {
        level: "warn",
        text: `snapshot passed over, recovery uses an older one and replays more: ${event.error.message}`,
      };
    case "quarantined":
      return {
        level: "error",
        text: `command ${event.sequence} made the core throw and was set aside (QUARANTINED): ${event.error.stack ?? event.error.message}`,
      };
    case "snapshotSaved":
      return {
        level: "info",
        text: `snapshot at sequence ${event.sequence} saved; the engine paused ${event.pauseMs.toFixed(1)} ms`,
      };
    case "snapshotFailed":
      return {
        level: "error",
        text: `snapshot at sequence ${event.sequence} failed, the next start replays more: ${event.error.message}`,
      };
  }
}
