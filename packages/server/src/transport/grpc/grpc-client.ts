import { WordBuffer } from "@buttonwood/protocol";
import { credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { TlsCredentials } from "../../platform/tls-credentials.js";
import type { EngineLink, EngineLinkListener, Refusal } from "../engine-link.js";
import type { EngineQuery } from "../engine-port.js";
import { RemoteEngineClient, type RemoteEngineClientOptions } from "../remote-engine-client.js";
import {
  CHANNEL_OPTIONS,
  EngineService,
  type EngineStub,
  helloMetadata,
  REFUSALS,
  type SubmitReply,
} from "./definition.js";
import { fromQueryReply, toQueryRequest } from "./questions.js";

/** How long a connection and its greeting may take, in ms. */
const CONNECT_MS_MAX = 3_000;

export interface GrpcClientOptions extends RemoteEngineClientOptions {
  readonly partition: number;
  /** Hash of the partition map that this process works with. */
  readonly mapHash: string;
  /** Where the partition's leader serves gRPC: asked before each attempt to connect. */
  readonly findLeader: () => Promise<string>;
  readonly tls?: TlsCredentials | undefined;
}

/** A connection to the engine of a partition over gRPC; see {@link RemoteEngineClient}. */
export class GrpcClient extends RemoteEngineClient {
  constructor(options: GrpcClientOptions) {
    super(async () => GrpcEngineLink.connect(await options.findLeader(), options), options);
  }
}

type Call = ReturnType<EngineStub["Submit"]>;

class GrpcEngineLink implements EngineLink {
  readonly #stub: EngineStub;
  readonly #call: Call;
  readonly #metadata: Metadata;
  #listener: EngineLinkListener | undefined;
  #closed: string | undefined;

  private constructor(stub: EngineStub, call: Call, metadata: Metadata) {
    this.#stub = stub;
    this.#call = call;
    this.#metadata = metadata;
    call.on("error", (error: ServiceError) => this.#end(error.details));
    call.on("end", () => this.#end("the engine has ended the stream"));
  }

  /** Resolves with the engine's greeting. Rejects with an Error that names the address. */
  static connect(address: string, options: GrpcClientOptions): Promise<GrpcEngineLink> {
    const { tls } = options;
    const stub = new EngineService(
      address,
      tls === undefined || address.startsWith("unix:")
        ? credentials.createInsecure()
        : credentials.createSsl(tls.ca, tls.key, tls.cert),
      // A connection of its own: another client's broken one says nothing about this one.
      { ...CHANNEL_OPTIONS, "grpc.use_local_subchannel_pool": 1, "grpc.enable_retries": 0 },
    );
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(helloMetadata(options.partition, options.mapHash))) {
      metadata.set(key, String(value));
    }
    const call = stub.Submit(metadata);
    const link = new GrpcEngineLink(stub, call, metadata);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => link.close(`no answer within ${CONNECT_MS_MAX / 1000} s`),
        CONNECT_MS_MAX,
      );
      link.#listener = {
        ...DEAF,
        closed(reason) {
          clearTimeout(timer);
          reject(new Error(`${address}: ${reason}`));
        },
      };
      call.once("metadata", () => {
        if (link.#closed !== undefined) return;
        clearTimeout(timer);
        link.#listener = undefined;
        resolve(link);
      });
    });
  }

  listen(listener: EngineLinkListener): void {
    this.#listener = listener;
    if (this.#closed !== undefined) {
      listener.closed(this.#closed);
      return;
    }
    this.#call.on("data", (reply: SubmitReply) => {
      if (this.#closed !== undefined) return;
      try {
        receive(listener, reply);
      } catch (error) {
        this.close(`the engine sent what can't be read: ${(error as Error).message}`);
      }
    });
  }

  sendCommands(number: number, commands: Uint8Array): void {
    this.#call.write({ packed: { number, commands } });
  }

  sendQuery(id: number, query: EngineQuery): void {
    this.#stub.Query(toQueryRequest(query), this.#metadata, (error, reply) => {
      if (this.#closed !== undefined) return;
      // The question is asked again of the next leader.
      if (error?.code === status.UNAVAILABLE) this.close(error.details);
      else if (error !== null) this.#listener?.failed(id, error.details);
      else this.#listener?.answered(id, fromQueryReply(reply));
    });
  }

  close(reason: string): void {
    this.#end(reason);
    this.#call.cancel();
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#listener?.closed(reason);
    this.#stub.close();
  }
}

const DEAF: Omit<EngineLinkListener, "closed"> = {
  replied() {},
  refused() {},
  answered() {},
  failed() {},
  settled() {},
};

function receive(listener: EngineLinkListener, reply: SubmitReply): void {
  switch (reply.reply) {
    case "packed": {
      const { runs, events } = reply.packed!;
      listener.replied(runs, WordBuffer.from(events), 0);
      return;
    }
    case "refused": {
      const { number, reason } = reply.refused!;
      const [refusal] = Object.entries(REFUSALS).find(([, value]) => value === reason) ?? [];
      if (refusal === undefined) throw new RangeError(`there is no refusal ${reason}`);
      listener.refused(number, refusal as Refusal);
      return;
    }
    case "settled":
      listener.settled();
      return;
    case "outcome":
    case undefined:
      throw new RangeError("it answers in fields what was asked in records");
  }
}
