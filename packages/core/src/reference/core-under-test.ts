import { type Implementation, REFERENCE } from "./exchange-under-test.js";
export const CORE: Implementation = REFERENCE;
