import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { FaultBoundary } from "../parts/fault-boundary.js";
import { applyTheme, storedTheme } from "../parts/theme.js";
import { Console } from "./console.js";
import { ConsoleApi } from "./console-api.js";

applyTheme(storedTheme());
createRoot(document.getElementById("console")!).render(
  <StrictMode>
    <FaultBoundary>
      <Console api={new ConsoleApi()} />
    </FaultBoundary>
  </StrictMode>,
);
