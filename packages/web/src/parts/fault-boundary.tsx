import { Component, type ReactNode } from "react";

/** Says that the page has a fault, instead of an empty page. The fault itself stands in the console. */
export class FaultBoundary extends Component<{ readonly children: ReactNode }, { readonly fault?: string }> {
  override state: { readonly fault?: string } = {};

  static getDerivedStateFromError(error: unknown): { readonly fault: string } {
    return { fault: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    return (
      <main>
        <div role="alert" className="refusal">
          <strong>The terminal has a fault and has stopped</strong>
          <span>{fault}</span>
          <span>Your orders stand as they are on the exchange. Load the page again to go on.</span>
        </div>
      </main>
    );
  }
}
