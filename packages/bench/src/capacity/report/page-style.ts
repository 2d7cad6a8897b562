/**
 * The page's style sheet. Plots read their colours from its custom properties, so light, dark and print are decided
 * here alone. Series follow Okabe and Ito, who chose colours that colour-blind readers tell apart; text keeps a
 * contrast of 4.5 or more on both backgrounds.
 */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --back: #fcfcfa; --text: #1b1e22; --muted: #59616a; --line: #dcded9; --edge: #4a5158; --band: #f3f4f0;
  --blue: #0072b2; --vermillion: #d55e00; --green: #009e73; --purple: #cc79a7; --orange: #e69f00; --sky: #56b4e9;
  --yellow: #f0e442; --grey: #7d848b; --pale: #c3c8cc;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-paper]) {
    --back: #15181b; --text: #e3e6e8; --muted: #a3abb3; --line: #30363b; --edge: #c2c8cd; --band: #1c2024;
    --grey: #8b939a; --pale: #5b636a;
  }
}
:root[data-paper] { color-scheme: light; --back: #fff; }
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 3vw, 2.5rem) 3rem; max-width: 92rem; background: var(--back);
  color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
header, section, footer { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 1.75rem; }
header { border: 0; margin: 0; padding: 0; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 .75rem; text-wrap: balance; }
h2 { font-size: 1.1rem; line-height: 1.35; margin: 0 0 .25rem; max-width: 100ch; text-wrap: pretty; }
.about, p { margin: 0 0 .75rem; max-width: 100ch; }
.about, footer, caption { color: var(--muted); font-size: .875rem; }
dl { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: 0 0 .75rem; }
dt { color: var(--muted); font-size: .8rem; }
dd { margin: 0; overflow-wrap: anywhere; }
nav ul, .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 0; padding: 0; }
nav { font-size: .9rem; }
a { color: inherit; text-decoration-color: var(--muted); text-underline-offset: .2em; }
a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
.pair { display: grid; gap: 1rem 2rem; align-items: start; }
@media (min-width: 68rem) { .pair.narrow { grid-template-columns: minmax(0, 1fr) minmax(24rem, auto); } }
figure { margin: 0; min-width: 0; }
.legend { font-size: .85rem; margin-bottom: .25rem; }
.legend svg { width: 14px; height: 14px; vertical-align: -2px; margin-right: .35em; overflow: visible; }
.legend path { fill: currentColor; stroke: var(--edge); stroke-width: 1; }
.scroll { overflow-x: auto; min-width: 0; }
.scroll.long { overflow-y: auto; max-height: 21rem; }
.long thead th { position: sticky; top: 0; background: var(--back); }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.35; }
caption { text-align: left; padding-bottom: .25rem; }
th, td { padding: .28rem .6rem; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); }
thead th { color: var(--muted); font-weight: 600; vertical-align: bottom; border-bottom-color: var(--muted); }
tbody th { font-weight: 500; }
tbody tr:hover { background: var(--band); }
th:first-child, td:first-child { padding-left: 0; }
.figure { text-align: right; white-space: nowrap; }
thead .figure { white-space: normal; }
.blue { color: var(--blue); } .vermillion { color: var(--vermillion); } .green { color: var(--green); }
.purple { color: var(--purple); } .orange { color: var(--orange); } .sky { color: var(--sky); }
.yellow { color: var(--yellow); } .grey { color: var(--grey); } .pale { color: var(--pale); }
@media print {
  body { padding: 0; max-width: none; font-size: 10pt; }
  nav, noscript { display: none; }
  table { font-size: 7.5pt; }
  th, td { padding: .15rem .35rem; }
  section { break-inside: avoid-page; }
  .scroll, .scroll.long { overflow: visible; max-height: none; }
  .pair.narrow { grid-template-columns: minmax(0, 1fr); }
}
`;
