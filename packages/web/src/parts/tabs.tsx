import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";

export interface Tab {
  readonly name: string;
  readonly content: ReactNode;
}

/** Panels of which one is shown; arrow keys go from tab to tab. */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  const [shownIndex, setShownIndex] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const go = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = (shownIndex + step + tabs.length) % tabs.length;
    setShownIndex(next);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <div className="tabs">
      <div role="tablist" aria-label={label} ref={list} onKeyDown={go}>
        {tabs.map(({ name }, index) => (
          <button
            key={index.toString()}
            type="button"
            role="tab"
            id={`${id}-tab-${index}`}
            aria-selected={index === shownIndex}
            aria-controls={`${id}-panel`}
            tabIndex={index === shownIndex ? 0 : -1}
            onClick={() => setShownIndex(index)}
          >
            {name}
          </button>
        ))}
      </div>
      {/* Scrolled by keyboard too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must take the focus. */}
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${shownIndex}`} tabIndex={0}>
        {tabs[shownIndex]?.content}
      </div>
    </div>
  );
}
