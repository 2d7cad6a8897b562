import { useCallback, useEffect, useState } from "react";
import { SiteRefusal } from "../parts/site-request.js";
import { ThemeSwitch } from "../parts/theme-switch.js";
import { AccountsView } from "./accounts-view.js";
import type { ActionPlan } from "./action.js";
import { ActionDialog } from "./action-dialog.js";
import { AuditView } from "./audit-view.js";
import type { ConsoleApi, Figures, Me } from "./console-api.js";
import { MarketsView } from "./markets-view.js";
import { NowView } from "./now-view.js";
import { SelfView } from "./self-view.js";
import { SignInPanel } from "./sign-in-panel.js";
import { type Polled, usePolled } from "./use-polled.js";

const VIEWS = { now: "Now", markets: "Markets", accounts: "Accounts", audit: "Audit", self: "You" } as const;
type View = keyof typeof VIEWS;

const LOOK_MS = 1_000;

/** What each view needs. */
export interface ViewProps {
  readonly api: ConsoleApi;
  readonly mayAct: boolean;
  /** Asks before it is done. */
  readonly onPlan: (plan: ActionPlan) => void;
  readonly onSignedOut: () => void;
  /** Grows with everything that was done: what is shown is then asked for again. */
  readonly done: number;
}

export function Console({ api }: { readonly api: ConsoleApi }) {
  const [me, setMe] = useState<Me | "unknown" | undefined>("unknown");
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    api.me().then(setMe, (error: unknown) => {
      if (!(error instanceof SiteRefusal)) throw error;
      setMe(undefined);
      setFault(error.message);
    });
  }, [api]);
  const onSignedOut = useCallback(() => setMe(undefined), []);
  if (me === "unknown") return <p className="empty">Asking the exchange …</p>;
  if (me === undefined) {
    return (
      <>
        <header>
          <h1>Buttonwood console</h1>
          <div className="corner">
            <ThemeSwitch />
          </div>
        </header>
        {fault !== undefined && <p className="empty">{fault}</p>}
        <SignInPanel
          api={api}
          onSignedIn={(signedIn) => {
            setFault(undefined);
            setMe(signedIn);
          }}
        />
      </>
    );
  }
  return <SignedIn api={api} me={me} onMe={setMe} onSignedOut={onSignedOut} />;
}

function SignedIn(props: {
  readonly api: ConsoleApi;
  readonly me: Me;
  readonly onMe: (me: Me) => void;
  readonly onSignedOut: () => void;
}) {
  const { api, me, onMe, onSignedOut } = props;
  const [view, setView] = useState<View>(viewOfAddress);
  const [plan, setPlan] = useState<ActionPlan>();
  const [done, setDone] = useState(0);
  const figures = usePolled<Figures>(api, "/v1/figures", LOOK_MS, onSignedOut);
  const show = (shown: View): void => {
    setView(shown);
    history.replaceState(null, "", `#${shown}`);
  };
  const viewProps: ViewProps = { api, mayAct: me.role === "OPERATOR", onPlan: setPlan, onSignedOut, done };
  return (
    <>
      <header>
        <h1>Buttonwood console</h1>
        <nav className="views" aria-label="Views">
          {Object.entries(VIEWS).map(([name, label]) => (
            <button
              key={name}
              type="button"
              aria-current={view === name ? "page" : undefined}
              onClick={() => show(name as View)}
            >
              {label}
            </button>
          ))}
        </nav>
        <div className="corner">
          <LiveBadge figures={figures} />
          <span className="who">
            {me.user} <small>{me.role === "OPERATOR" ? "operator" : "observer: looks only"}</small>
          </span>
          <ThemeSwitch />
          <button type="button" className="quiet" onClick={() => void api.signOut().finally(onSignedOut)}>
            Sign out
          </button>
        </div>
      </header>
      <main className="console" data-view={view}>
        {view === "now" && <NowView {...viewProps} figures={figures.value} />}
        {view === "markets" && <MarketsView {...viewProps} />}
        {view === "accounts" && <AccountsView {...viewProps} />}
        {view === "audit" && <AuditView {...viewProps} />}
        {view === "self" && <SelfView api={api} me={me} onMe={onMe} onSignedOut={onSignedOut} />}
      </main>
      {plan !== undefined && (
        <ActionDialog
          key={plan.title}
          api={api}
          plan={plan}
          onClose={() => setPlan(undefined)}
          onDone={() => setDone((count) => count + 1)}
        />
      )}
    </>
  );
}

function LiveBadge({ figures }: { readonly figures: Polled<Figures> }) {
  const { value, refusal } = figures;
  const [kind, text] =
    refusal !== undefined
      ? ["down", "Not live"]
      : value === undefined
        ? ["waiting", "Looking"]
        : ["live", value.kind === "cluster" ? `Live: cluster ${value.name}` : "Live: one process"];
  return (
    <span role="status" className="badge" data-kind={kind} title={refusal?.message}>
      {text}
    </span>
  );
}

function viewOfAddress(): View {
  const name = location.hash.slice(1);
  return name in VIEWS ? (name as View) : "now";
}
