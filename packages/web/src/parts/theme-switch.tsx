import { useState } from "react";
import { chooseTheme, storedTheme, Theme } from "./theme.js";

const LABELS: Readonly<Record<Theme, string>> = { system: "System", dark: "Dark", light: "Light" };

export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <select
      className="quiet"
      aria-label="Colours"
      value={theme}
      onChange={(event) => {
        const chosen = event.target.value as Theme;
        chooseTheme(chosen);
        setTheme(chosen);
      }}
    >
      {Object.values(Theme).map((each) => (
        <option key={each} value={each}>
          {LABELS[each]}
        </option>
      ))}
    </select>
  );
}
