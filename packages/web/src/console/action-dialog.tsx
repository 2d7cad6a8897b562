import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { SiteRefusal } from "../parts/site-request.js";
import type { ActionField, ActionPlan, Values } from "./action.js";
import type { ConsoleApi } from "./console-api.js";
import { whole } from "./figures-text.js";

type State =
  | { readonly kind: "asking" }
  | { readonly kind: "doing" }
  | { readonly kind: "done"; readonly text: string; readonly sequence: number | undefined }
  | { readonly kind: "refused"; readonly message: string; readonly hint: string };

const REASON_MAX = 200;

/** Says exactly what will happen and asks why; then what was done, with its place in the journal. */
export function ActionDialog(props: {
  readonly api: ConsoleApi;
  readonly plan: ActionPlan;
  readonly onClose: () => void;
  /** Something was done: what is shown may be old. */
  readonly onDone: () => void;
}) {
  const { api, plan, onClose, onDone } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries((plan.fields ?? []).map(({ name, initial }) => [name, initial ?? ""])),
  );
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [state, setState] = useState<State>({ kind: "asking" });
  useEffect(() => dialog.current?.showModal(), []);
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (state.kind === "doing") return;
    setState({ kind: "doing" });
    try {
      const done = await api.post(plan.path, {
        ...plan.body(values),
        [plan.reason?.name ?? "reason"]: reason.trim(),
      });
      setState({ kind: "done", text: plan.say(done, values), sequence: done.sequence });
      onDone();
    } catch (error) {
      if (!(error instanceof SiteRefusal)) throw error;
      setState({ kind: "refused", message: error.message, hint: error.hint });
    }
  };
  const isTyped = plan.typed === undefined || typed === plan.typed;
  return (
    <dialog ref={dialog} className="action" aria-labelledby={`${id}-title`} onClose={onClose}>
      <h2 id={`${id}-title`}>{plan.title}</h2>
      {state.kind === "done" ? (
        <>
          <p className="done" role="status">
            {state.text}
            {state.sequence !== undefined && ` Journal sequence ${whole(state.sequence)}.`}
          </p>
          <div className="buttons">
            {/* biome-ignore lint/a11y/noAutofocus: what had the focus is gone. */}
            <button type="button" autoFocus onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        </>
      ) : (
        <form onSubmit={(event) => void send(event)}>
          {plan.fields?.map((field) => (
            <Field
              key={field.name}
              field={field}
              value={values[field.name] ?? ""}
              onValue={(value) => setValues((all) => ({ ...all, [field.name]: value }))}
            />
          ))}
          <p className="will" data-grave={plan.isGrave || undefined}>
            {plan.explain(values)}
          </p>
          <label className="field">
            <span>
              Reason, for the {plan.reason === undefined ? "audit log" : "journal and the audit log"}
            </span>
            <input
              required
              maxLength={plan.reason?.max ?? REASON_MAX}
              pattern={plan.reason === undefined ? undefined : "[\\x20-\\x7e]+"}
              title={plan.reason === undefined ? undefined : "Printable ASCII"}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
              autoComplete="off"
            />
          </label>
          {plan.typed !== undefined && (
            <label className="field">
              <span>
                Type <b>{plan.typed}</b> to confirm
              </span>
              <input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />
            </label>
          )}
          <div role="alert" className="refusal" data-empty={state.kind !== "refused" || undefined}>
            {state.kind === "refused" && (
              <>
                <strong>{state.message}</strong>
                <span>{state.hint}</span>
              </>
            )}
          </div>
          <div className="buttons">
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="submit" className="act" data-grave={plan.isGrave || undefined} disabled={!isTyped}>
              {state.kind === "doing" ? "Doing it …" : plan.title}
            </button>
          </div>
        </form>
      )}
    </dialog>
  );
}

function Field(props: {
  readonly field: ActionField;
  readonly value: string;
  readonly onValue: (value: string) => void;
}) {
  const { field, value, onValue } = props;
  const id = useId();
  return (
    <label className="field" htmlFor={id}>
      <span>{field.label}</span>
      {field.choices === undefined ? (
        <input
          id={id}
          required={field.isOptional !== true}
          pattern={field.pattern}
          value={value}
          onChange={(event) => onValue(event.target.value)}
          autoComplete="off"
        />
      ) : (
        <select id={id} value={value} onChange={(event) => onValue(event.target.value)}>
          {field.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      )}
    </label>
  );
}
