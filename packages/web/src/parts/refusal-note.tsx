import type { Refusal } from "../ticket/refusal-text.js";

export function RefusalNote({ refusal }: { readonly refusal: Refusal | undefined }) {
  return (
    <div role="alert" className="refusal" data-empty={refusal === undefined || undefined}>
      {refusal !== undefined && (
        <>
          <strong>{refusal.title}</strong>
          <span>{refusal.words}</span>
        </>
      )}
    </div>
  );
}
