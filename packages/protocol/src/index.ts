/** The shared language: ids, decimals, commands, events, reason codes. No dependencies, runs anywhere. */
export * from "./command.js";
export * from "./decimal.js";
export * from "./digest.js";
export * from "./enums.js";
export * from "./event.js";
export * from "./event-decoder.js";
export * from "./event-encoder.js";
export * from "./limits.js";
export * from "./market-units.js";
export * from "./order-terms.js";
export * from "./prevented-match.js";
export * from "./reason.js";
export * from "./text.js";
export * from "./word-buffer.js";
