import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ExchangeLink } from "./market/exchange-link.js";
import { FaultBoundary } from "./parts/fault-boundary.js";
import { applyTheme, storedTheme } from "./parts/theme.js";
import { Terminal } from "./terminal.js";

applyTheme(storedTheme());
createRoot(document.getElementById("terminal")!).render(
  <StrictMode>
    <FaultBoundary>
      <Terminal link={new ExchangeLink()} />
    </FaultBoundary>
  </StrictMode>,
);
