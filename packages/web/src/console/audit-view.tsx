import { useEffect, useState } from "react";
import { SiteRefusal } from "../parts/site-request.js";
import type { ViewProps } from "./console.js";
import type { AuditCheck, AuditEntry } from "./console-api.js";
import { moment, whole } from "./figures-text.js";
import { usePolled } from "./use-polled.js";

const REFRESH_MS = 3_000;
const LIMIT = 200;

/** An action with how it came out; undefined while that is not known. */
interface Row {
  readonly asked: AuditEntry;
  readonly outcome: AuditEntry | undefined;
}

/** Brings what was asked and how it came out together, the newest first. */
function rowsOf(entries: readonly AuditEntry[]): readonly Row[] {
  const outcomes = new Map(
    entries.flatMap((entry) => (entry.of === null ? [] : [[entry.of, entry] as const])),
  );
  return entries.flatMap((entry) =>
    entry.of === null ? [{ asked: entry, outcome: outcomes.get(entry.number) }] : [],
  );
}

export function AuditView({ api, onSignedOut, done }: ViewProps) {
  const { value, refresh } = usePolled<{ readonly entries: readonly AuditEntry[] }>(
    api,
    `/v1/audit?limit=${LIMIT}`,
    REFRESH_MS,
    onSignedOut,
  );
  const [check, setCheck] = useState<AuditCheck | SiteRefusal | "checking">();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is asked again after everything that was done.
  useEffect(refresh, [done, refresh]);
  const runCheck = (): void => {
    setCheck("checking");
    api.get<AuditCheck>("/v1/audit-check").then(setCheck, (error: unknown) => {
      if (!(error instanceof SiteRefusal)) throw error;
      setCheck(error);
    });
  };
  if (value === undefined) return <p className="empty">Reading the audit log …</p>;
  return (
    <section className="wide-panel" aria-labelledby="audit-title">
      <div className="bar">
        <h2 id="audit-title">What operators did</h2>
        <span role="status" className={isBroken(check) ? "status-mark" : "hint"}>
          {checkText(check)}
        </span>
        <button type="button" onClick={runCheck}>
          Check the chain
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must take the focus. */}
      <div className="scroll" tabIndex={0}>
        <table className="audit">
          <thead>
            <tr>
              <th scope="col">No.</th>
              {["Time", "Who", "What", "Exactly", "Why", "Outcome"].map((title) => (
                <th key={title} scope="col" className="text">
                  {title}
                </th>
              ))}
              <th scope="col">Sequence</th>
            </tr>
          </thead>
          <tbody>
            {rowsOf(value.entries).map(({ asked, outcome }) => (
              <tr key={asked.number}>
                <td>{asked.number}</td>
                <td className="text">{moment(asked.timeMs)}</td>
                <td className="text">
                  {asked.who} <small>{asked.from}</small>
                </td>
                <td className="text">{asked.action}</td>
                <td className="text exact">{asked.detail === "{}" ? "" : asked.detail}</td>
                <td className="text exact">{asked.reason}</td>
                <td className="text">
                  <Outcome asked={asked} outcome={outcome} />
                </td>
                <td>{outcome?.sequence === undefined ? "–" : whole(outcome.sequence)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {value.entries.length === 0 && <p className="empty">Nobody has done anything yet.</p>}
      </div>
    </section>
  );
}

function Outcome({ asked, outcome }: Row) {
  const { stage, code } = outcome ?? asked;
  switch (stage) {
    case "DONE":
      return <>done</>;
    case "ASKED":
      return <span className="refused">no outcome written</span>;
    case "REFUSED":
      return <span className="refused">refused: {code}</span>;
    case "UNKNOWN":
      return <span className="refused">unknown: {code}</span>;
  }
}

function isBroken(check: AuditCheck | SiteRefusal | "checking" | undefined): boolean {
  return typeof check === "object" && !(check instanceof SiteRefusal) && check.problem !== null;
}

function checkText(check: AuditCheck | SiteRefusal | "checking" | undefined): string {
  if (check === undefined) return "";
  if (check === "checking") return "Checking …";
  if (check instanceof SiteRefusal) return check.message;
  if (check.problem !== null) return `Changed: ${check.problem}`;
  return `The chain holds: ${whole(check.entries)} entries, head ${check.head.slice(0, 16)}`;
}
