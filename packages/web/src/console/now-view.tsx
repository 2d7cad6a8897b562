import { handoverPlan } from "./account-actions.js";
import type { ViewProps } from "./console.js";
import type { Figures, Part } from "./console-api.js";
import { amount, cores, milliseconds, NONE, rate, share, whole } from "./figures-text.js";

export function NowView(props: ViewProps & { readonly figures: Figures | undefined }) {
  const { figures } = props;
  if (figures === undefined) return <p className="empty">Looking at the venue …</p>;
  return (
    <>
      <Headlines figures={figures} />
      <Limit figures={figures} />
      <ReconciliationPanel figures={figures} />
      <Parts {...props} figures={figures} />
    </>
  );
}

function Headlines({ figures }: { readonly figures: Figures }) {
  const { traffic, machine, parts, commandsPerSecond } = figures;
  const worst = (field: "commitMsP50" | "commitMsP99"): number | null =>
    parts.reduce<number | null>((max, part) => {
      const value = part[field];
      return value === null ? max : Math.max(max ?? 0, value);
    }, null);
  const queued = parts.reduce((sum, part) => sum + (part.queuedCommands ?? 0), 0);
  const lag = parts.reduce((max, part) => Math.max(max, part.lagCommands ?? 0), 0);
  const rows: readonly (readonly [string, string])[] = [
    ["Orders / s", rate(traffic?.ordersPerSecond)],
    ["Requests / s", rate(traffic?.requestsPerSecond)],
    ["Commands / s", rate(commandsPerSecond)],
    ["Order p50, p99 ms", `${milliseconds(traffic?.orderMsP50)} · ${milliseconds(traffic?.orderMsP99)}`],
    ["Commit p50, p99 ms", `${milliseconds(worst("commitMsP50"))} · ${milliseconds(worst("commitMsP99"))}`],
    ["Queued", whole(queued)],
    ["Longest lag", whole(lag)],
    ["Busy cores", `${cores(machine.cores - machine.idleCores)} of ${machine.cores}`],
  ];
  return (
    <section className="headlines" aria-label="Headlines">
      <dl className="day">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {figures.missing !== null && <p className="hint">{figures.missing}</p>}
    </section>
  );
}

function Limit({ figures }: { readonly figures: Figures }) {
  const { limit, tiers } = figures;
  return (
    <section className="limit" aria-labelledby="limit-title">
      <div className="bar">
        <h2 id="limit-title">What limits now</h2>
        <span className="status-mark" data-kind={limit.kind}>
          {limit.kind === "none" ? "nothing" : limit.kind === "machine" ? "the machine" : limit.tier}
        </span>
      </div>
      <div className="words">
        <p>{limit.explanation}</p>
        <p>
          <b>For more:</b> {limit.raise}
        </p>
        <p className="hint">
          {limit.boundPerSecond === null
            ? "How far it could go can't be told from what is done now."
            : `At this mix of work it is full at about ${whole(limit.boundPerSecond)} commands/s (utilisation law: rate ÷ busy share).`}
        </p>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Tier</th>
            <th scope="col">Parts</th>
            <th scope="col">Cores</th>
            <th scope="col">Busiest</th>
            <th scope="col">Busy</th>
          </tr>
        </thead>
        <tbody>
          {tiers.map(({ tier, parts, cores: used, busiest }) => (
            <tr key={tier}>
              <th scope="row">{tier}</th>
              <td>{parts}</td>
              <td>{cores(used)}</td>
              <td>{busiest?.name ?? NONE}</td>
              <td>
                {busiest === null ? (
                  NONE
                ) : (
                  <>
                    <meter min={0} max={1} value={Math.min(1, busiest.share)} aria-label={`${tier} busy`} />
                    <span className="share">{share(busiest.share)}</span>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ReconciliationPanel({ figures }: { readonly figures: Figures }) {
  const { reconciliation } = figures;
  return (
    <section className="reconciliation" aria-labelledby="reconciliation-title">
      <div className="bar">
        <h2 id="reconciliation-title">Reconciliation</h2>
        {reconciliation !== null && (
          <span className={reconciliation.isBalanced ? "balanced" : "status-mark"} role="status">
            {reconciliation.isBalanced ? "Balanced: every difference is 0" : "Funds were made or lost"}
          </span>
        )}
        <small>
          {reconciliation === null
            ? "not told yet"
            : `after sequence ${reconciliation.sequences.map((sequence) => whole(sequence)).join(" · ")}`}
        </small>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must take the focus. */}
      <div className="scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Asset</th>
              <th scope="col">Accounts, free</th>
              <th scope="col">Holds</th>
              <th scope="col">Fees</th>
              <th scope="col">Deposits − withdrawals</th>
              <th scope="col">Difference</th>
            </tr>
          </thead>
          <tbody>
            {reconciliation?.assets.map((row) => (
              <tr key={row.asset}>
                <th scope="row">{row.asset}</th>
                <td>{amount(row.free)}</td>
                <td>{amount(row.locked)}</td>
                <td>{amount(row.fees)}</td>
                <td>{amount(row.supply)}</td>
                <td data-differs={/[1-9]/.test(row.difference) || undefined}>
                  {/[1-9]/.test(row.difference) ? amount(row.difference) : "0"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Parts({ figures, mayAct, onPlan }: ViewProps & { readonly figures: Figures }) {
  const { parts, kind } = figures;
  const isCluster = kind === "cluster";
  const hasStandby = (part: Part): boolean =>
    parts.some(
      ({ tier, partition, name }) => tier === "engine" && partition === part.partition && name !== part.name,
    );
  return (
    <section className="parts" aria-labelledby="parts-title">
      <div className="bar">
        <h2 id="parts-title">{isCluster ? "Processes" : "Threads"}</h2>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must take the focus. */}
      <div className="scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" className="text">
                Tier
              </th>
              <th scope="col" className="text">
                State
              </th>
              <th scope="col">Partition</th>
              <th scope="col">Epoch</th>
              <th scope="col">Sequence</th>
              <th scope="col">Lag</th>
              <th scope="col">Per s</th>
              <th scope="col">Queued</th>
              <th scope="col">Commit p50 ms</th>
              <th scope="col">p99 ms</th>
              <th scope="col">Cores</th>
              <th scope="col">Restarts</th>
              {mayAct && isCluster && (
                <th scope="col">
                  <span className="hidden">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part.name} data-leads={part.leads === true || undefined}>
                <th scope="row">{part.name}</th>
                <td className="text">{part.tier}</td>
                <td className="text" data-away={isAway(part) || undefined}>
                  {part.state}
                </td>
                <td>{whole(part.partition)}</td>
                <td>{whole(part.epoch)}</td>
                <td>{whole(part.sequence)}</td>
                <td>{whole(part.lagCommands)}</td>
                <td>{rate(part.perSecond)}</td>
                <td>{whole(part.queuedCommands)}</td>
                <td>{milliseconds(part.commitMsP50)}</td>
                <td>{milliseconds(part.commitMsP99)}</td>
                <td>{cores(part.cores)}</td>
                <td>{whole(part.restarts)}</td>
                {mayAct && isCluster && (
                  <td>
                    {part.leads === true && part.partition !== null && hasStandby(part) && (
                      <button type="button" onClick={() => onPlan(handoverPlan(part.partition!, part.name))}>
                        Hand over
                      </button>
                    )}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Whether a part does not do what it is there for. */
function isAway({ state }: Part): boolean {
  return /^(starting again|no answer|recovering|stopping|ended)/.test(state);
}
