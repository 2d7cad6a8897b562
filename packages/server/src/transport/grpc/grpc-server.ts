import { chmod } from "node:fs/promises";
import { encodeCommand, type MarketStatus, WordBuffer } from "@buttonwood/protocol";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { type Address, formatAddress } from "../../platform/address.js";
import type { Hello } from "../../platform/hello.js";
import { freeSocketPath } from "../../platform/socket-path.js";
import type { TlsCredentials } from "../../platform/tls-credentials.js";
import { type EngineHost, NotLeadingError, type ReplySink } from "../engine-host.js";
import { GroupOffsets } from "../group-offsets.js";
import {
  CHANNEL_OPTIONS,
  ENGINE_SERVICE_NAME,
  EngineService,
  HealthService,
  helloMetadata,
  type Outcome,
  type QueryMessage,
  type SubmitReply,
  type SubmitRequest,
} from "./definition.js";
import { fromQueryRequest, toQueryReply } from "./questions.js";
import { SubmitStream } from "./submit-stream.js";
import { toOutcome } from "./typed-commands.js";

/** Bytes of answers that one client may leave unread; then its stream is cut. */
const UNREAD_BYTES_MAX = 32 * 1024 * 1024;

/** How long calls may take to end when the server closes, in ms. */
const CLOSE_MS_MAX = 1_500;

/** Time between two looks at the engine's health for those who watch it, in ms. */
const WATCH_MS = 500;

/** The numbers of ServingStatus. */
const Serving = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

export interface GrpcServerOptions {
  readonly address: Address;
  /** For TCP. A Unix socket is for this process's user alone. */
  readonly tls?: TlsCredentials | undefined;
  readonly partition: number;
  /** Hash of the partition map that this engine works with. */
  readonly mapHash: string;
  /** Whether the engine leads: its health. */
  readonly isServing: () => boolean;
  /** Gives leadership to another engine of the partition; rejects with why not. */
  readonly handOver?: ((successor: string) => Promise<void>) | undefined;
  readonly unreadBytesMax?: number;
}

interface MarketStatusRequest {
  readonly market: number;
  readonly status: MarketStatus;
}

interface UnaryCall {
  // biome-ignore lint/suspicious/noExplicitAny: as the definition of the method says
  readonly request: any;
  readonly metadata: Metadata;
}

/** Why a call failed. */
class CallError extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

/** The engine's documented interface for programs in any language: `proto/engine.proto`, and the standard health. */
export class GrpcServer {
  readonly #host: EngineHost;
  readonly #options: GrpcServerOptions;
  readonly #hello: Hello;
  readonly #server = new Server(CHANNEL_OPTIONS);
  readonly #offsets = new GroupOffsets();
  readonly #streams = new Set<SubmitStream>();
  #address = "";

  private constructor(host: EngineHost, options: GrpcServerOptions) {
    this.#host = host;
    this.#options = options;
    this.#hello = helloMetadata(options.partition, options.mapHash);
    this.#server.addService(EngineService.service, {
      Submit: (call: ServerDuplexStream<SubmitRequest, SubmitReply>) => this.#submit(call),
      Query: this.#unary((request: QueryMessage) => this.#query(request)),
      SetMarketStatus: this.#unary((request: MarketStatusRequest) => this.#setMarketStatus(request)),
      HandOver: this.#unary((request: { successor: string }) => this.#handOver(request.successor)),
    });
    this.#server.addService(HealthService.service, {
      Check: this.#unary(async ({ service }: { service: string }) => {
        const health = this.#health(service);
        if (health === Serving.SERVICE_UNKNOWN)
          throw new CallError(status.NOT_FOUND, `no service ${service}`);
        return { status: health };
      }),
      Watch: (call: ServerWritableStream<{ service: string }, object>) => this.#watch(call),
    });
  }

  /** Listens. Rejects when the address is taken. */
  static async listen(host: EngineHost, options: GrpcServerOptions): Promise<GrpcServer> {
    const server = new GrpcServer(host, options);
    await server.#listen();
    return server;
  }

  /** Where it listens, as clients must write it. */
  get address(): string {
    return this.#address;
  }

  /** Ends every stream, when the engine leads no more and has answered all that it took; goes on to listen. */
  turnAway(reason: string): void {
    for (const stream of this.#streams) stream.end(reason, true);
  }

  /** Takes nothing more; see `SocketServer.close`. */
  async close(reason: string, options: { readonly isSettled: boolean }): Promise<void> {
    for (const stream of this.#streams) stream.end(reason, options.isSettled);
    const timer = setTimeout(() => this.#server.forceShutdown(), CLOSE_MS_MAX);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }

  async #listen(): Promise<void> {
    const { address, tls } = this.#options;
    const secure = tls !== undefined && "port" in address;
    const credentials = secure
      ? ServerCredentials.createSsl(tls.ca, [{ private_key: tls.key, cert_chain: tls.cert }], true)
      : ServerCredentials.createInsecure();
    if ("path" in address) await freeSocketPath(address.path);
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(formatAddress(address), credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    if ("path" in address) await chmod(address.path, 0o600);
    this.#address = formatAddress("path" in address ? address : { host: address.host, port });
  }

  /** A method that is called once and answers once. */
  #unary<Q>(
    run: (request: Q) => Promise<object>,
  ): (call: UnaryCall, reply: (error: object | null, answer?: object) => void) => void {
    return (call, reply) => {
      const answer = async (): Promise<object> => {
        this.#checkHello(call.metadata);
        return run(call.request);
      };
      answer().then(
        (value) => reply(null, value),
        (error: Error) => reply({ code: codeOf(error), details: error.message }),
      );
    };
  }

  #submit(call: ServerDuplexStream<SubmitRequest, SubmitReply>): void {
    try {
      this.#checkHello(call.metadata);
    } catch (error) {
      call.emit("error", { code: codeOf(error as Error), details: (error as Error).message });
      return;
    }
    // The client takes this for the greeting.
    call.sendMetadata(new Metadata());
    const unreadBytesMax = this.#options.unreadBytesMax ?? UNREAD_BYTES_MAX;
    const stream = new SubmitStream(call, this.#host, this.#offsets, unreadBytesMax);
    this.#streams.add(stream);
    call.on("close", () => this.#streams.delete(stream));
  }

  async #query(request: QueryMessage): Promise<QueryMessage> {
    const query = fromQueryRequest(request);
    return toQueryReply(query, await this.#host.query(query));
  }

  #setMarketStatus({ market, status: marketStatus }: MarketStatusRequest): Promise<Outcome> {
    const words = new WordBuffer(16);
    encodeCommand(words, { kind: "SET_MARKET_STATUS", account: 0, market, status: marketStatus });
    return new Promise((resolve, reject) => {
      const sink: ReplySink = {
        reply: (batch, runs) => {
          const offsets = this.#offsets.of(batch);
          resolve(toOutcome(0, batch.events, offsets[runs[1]!]!, offsets[runs[1]! + 1]!));
        },
      };
      const taken = this.#host.offer({ number: 0, commands: words.copy(), sink });
      if (taken !== "taken") {
        reject(new CallError(status.UNAVAILABLE, `the command was not taken: the engine is ${taken}`));
      }
    });
  }

  async #handOver(successor: string): Promise<object> {
    const { handOver } = this.#options;
    if (handOver === undefined) throw new CallError(status.UNIMPLEMENTED, "this engine has no standby");
    await handOver(successor).catch((error: Error) => {
      throw new CallError(status.FAILED_PRECONDITION, error.message);
    });
    return {};
  }

  #checkHello(metadata: Metadata): void {
    for (const [key, own] of Object.entries(this.#hello)) {
      const theirs = metadata.get(key)[0];
      if (theirs === undefined || theirs === own) continue;
      throw new CallError(
        status.FAILED_PRECONDITION,
        `client and server do not fit together: ${key} is ${theirs} at the client and ${own} at the server; ` +
          "start both with the same version and topology",
      );
    }
  }

  #health(service: string): number {
    if (service !== "" && service !== ENGINE_SERVICE_NAME) return Serving.SERVICE_UNKNOWN;
    return this.#options.isServing() ? Serving.SERVING : Serving.NOT_SERVING;
  }

  #watch(call: ServerWritableStream<{ service: string }, object>): void {
    let told: number | undefined;
    const tell = (): void => {
      const health = this.#health(call.request.service);
      if (health !== told) call.write({ status: health });
      told = health;
    };
    tell();
    const timer = setInterval(tell, WATCH_MS);
    call.on("close", () => clearInterval(timer));
    call.on("cancelled", () => clearInterval(timer));
  }
}

function codeOf(error: Error): status {
  if (error instanceof CallError) return error.code;
  if (error instanceof NotLeadingError) return status.UNAVAILABLE;
  return error instanceof RangeError ? status.INVALID_ARGUMENT : status.INTERNAL;
}
