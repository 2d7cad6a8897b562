export { type RebuildProgress, rebuildDataFolder } from "./main/rebuild-data-folder.js";
export { type RunningExchange, type StartExchangeOptions, startExchange } from "./main/start-exchange.js";
export { type VerifyCheck, VerifyOutcome, type VerifyReport } from "./main/verify/report.js";
export { type VerifyOptions, verifyDataFolder } from "./main/verify/verify-data-folder.js";
