/** Dark or light: as the system says, or as the reader has chosen for this browser. */
export const Theme = { SYSTEM: "system", DARK: "dark", LIGHT: "light" } as const;
export type Theme = (typeof Theme)[keyof typeof Theme];

const PLACE = "buttonwood-theme";
const CHANGED = "buttonwood-theme-changed";

export function storedTheme(): Theme {
  const text = localStorage.getItem(PLACE);
  return Object.values(Theme).find((theme) => theme === text) ?? Theme.SYSTEM;
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(PLACE, theme);
  applyTheme(theme);
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event(CHANGED));
}

/** Calls a listener when colours are different than before, by choice or by the system. Returns how to stop. */
export function onColoursChange(listener: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", listener);
  addEventListener(CHANGED, listener);
  return () => {
    system.removeEventListener("change", listener);
    removeEventListener(CHANGED, listener);
  };
}

/** A colour of the style sheet as it is now, for what is drawn on a canvas. */
export function colourOf(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
