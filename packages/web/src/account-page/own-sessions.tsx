import { useCallback } from "react";
import { RefusalNote } from "../parts/refusal-note.js";
import type { SessionOwner } from "../people/people-link.js";
import { dateAndTime } from "./date-text.js";
import { useLoaded } from "./use-loaded.js";

interface OwnSession {
  readonly id: string;
  /** The one of this page. */
  readonly isThis: boolean;
  readonly createdMs: number;
  readonly usedMs: number;
  readonly endsMs: number;
  readonly address: string;
  readonly agent: string;
}

/** Where one is signed in; each can be ended, this one too. */
export function OwnSessions({ people }: { readonly people: SessionOwner }) {
  const { api } = people;
  const load = useCallback(() => api.call<readonly OwnSession[]>("GET", "sessions"), [api]);
  const { value: sessions, refusal, act } = useLoaded(load);
  const end = async ({ id, isThis }: OwnSession): Promise<void> => {
    if (isThis) await people.signOut();
    else await api.call("DELETE", `sessions/${encodeURIComponent(id)}`);
  };
  return (
    <div className="stack">
      <RefusalNote refusal={refusal} />
      <div className="sideways">
        <table>
          <thead>
            <tr>
              {["From", "Browser", "Begun", "Last used", "Ends", "End it"].map((title) => (
                <th key={title} scope="col" className="text">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sessions?.map((session) => (
              <tr key={session.id}>
                <td>
                  {session.address} {session.isThis && <small>(this one)</small>}
                </td>
                <td className="text agent">{session.agent}</td>
                <td className="text">{dateAndTime(session.createdMs)}</td>
                <td className="text">{dateAndTime(session.usedMs)}</td>
                <td className="text">{dateAndTime(session.endsMs)}</td>
                <td className="text">
                  <button
                    type="button"
                    aria-label={`End the session of ${dateAndTime(session.createdMs)} from ${session.address}`}
                    onClick={() => void act(() => end(session))}
                  >
                    End
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
