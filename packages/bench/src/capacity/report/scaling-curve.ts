/** A fitted curve of throughput over connections, e.g. by the universal scalability law. */
export interface ScalingCurve {
  /** Of the layout it belongs to; a curve of no layout is not drawn. */
  readonly layoutName: string;
  /** Connections and orders a second, by connections, ascending: dense enough to look smooth. */
  readonly points: readonly (readonly [n: number, x: number])[];
}
