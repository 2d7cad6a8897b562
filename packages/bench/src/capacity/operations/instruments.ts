/** Where what a deployment does can be read off. */
export interface Instruments {
  /** Answer `/metrics` over HTTP, in Prometheus' text format. */
  readonly metrics: readonly { readonly role: string; readonly address: MetricsAddress }[];
  readonly databases: readonly DatabaseAddress[];
  readonly redis: {
    readonly nodes: readonly { readonly host: string; readonly port: number }[];
    readonly password?: string | undefined;
  };
}

export type MetricsAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string | undefined;
}
