import { WordBuffer } from "@buttonwood/protocol";
import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { FeedBatch } from "../../feed/port.js";
import type { EngineHost, ReplySink } from "../engine-host.js";
import type { GroupOffsets } from "../group-offsets.js";
import { REFUSALS, type SubmitReply, type SubmitRequest, type TypedCommand } from "./definition.js";
import { encodeTyped, toOutcome } from "./typed-commands.js";

/** What a message costs beside its events, in bytes. */
const MESSAGE_BYTES = 128;

type Call = ServerDuplexStream<SubmitRequest, SubmitReply>;

/** One client's stream of commands and outcomes. */
export class SubmitStream implements ReplySink {
  readonly #call: Call;
  readonly #host: EngineHost;
  readonly #offsets: GroupOffsets;
  readonly #unreadBytesMax: number;
  /** Numbers of messages whose answers are wanted in fields. */
  readonly #typed = new Set<number>();
  #unreadBytes = 0;
  /** Commands that were taken and not answered. */
  #owed = 0;
  #isEnding = false;
  /** Takes and answers nothing more. */
  #isDone = false;

  constructor(call: Call, host: EngineHost, offsets: GroupOffsets, unreadBytesMax: number) {
    this.#call = call;
    this.#host = host;
    this.#offsets = offsets;
    this.#unreadBytesMax = unreadBytesMax;
    call.on("data", (request: SubmitRequest) => this.#receive(request));
    call.on("end", () => {
      this.#isEnding = true;
      this.#endWhenSettled();
    });
    call.on("cancelled", () => {
      this.#isDone = true;
    });
  }

  reply(batch: FeedBatch, runs: readonly number[]): void {
    if (this.#isDone) return;
    const offsets = this.#offsets.of(batch);
    const packedRuns: number[] = [];
    const packed: Uint8Array[] = [];
    for (let i = 0; i < runs.length; i += 3) {
      const [number, first, count] = [runs[i]!, runs[i + 1]!, runs[i + 2]!];
      this.#owed -= count;
      const at = offsets[first]!;
      const end = offsets[first + count]!;
      if (this.#typed.delete(number)) {
        const outcome = toOutcome(number, batch.events, at, end);
        this.#send({ outcome }, outcome.events.byteLength);
      } else {
        packedRuns.push(number, count);
        packed.push(batch.events.u8.subarray(4 * at, 4 * end));
      }
    }
    if (packed.length > 0) {
      // The batch's buffer is the engine's: this copies.
      const events = Buffer.concat(packed);
      this.#send({ packed: { runs: packedRuns, events } }, events.byteLength);
    }
    this.#endWhenSettled();
  }

  /** Ends the stream; `isSettled` says that what is not answered was not taken. */
  end(reason: string, isSettled: boolean): void {
    if (this.#isDone) return;
    if (isSettled) this.#send({ settled: {} }, 0);
    this.#fail(status.UNAVAILABLE, reason);
  }

  #receive(request: SubmitRequest): void {
    if (this.#isDone) return;
    switch (request.request) {
      case "packed": {
        // Records are read in place, so they must lie on their own eight bytes.
        const { number, commands } = request.packed!;
        this.#offer(number, new Uint8Array(commands));
        return;
      }
      case "command":
        this.#receiveTyped(request.command!);
        return;
      case undefined:
        this.#fail(status.INVALID_ARGUMENT, "the request holds neither a command nor packed commands");
        return;
    }
  }

  #receiveTyped(command: TypedCommand): void {
    const words = new WordBuffer(64);
    try {
      encodeTyped(words, command);
    } catch (error) {
      this.#refuse(command.number, "malformed", (error as Error).message);
      return;
    }
    this.#typed.add(command.number);
    if (!this.#offer(command.number, words.copy())) this.#typed.delete(command.number);
  }

  #offer(number: number, commands: Uint8Array): boolean {
    const taken = this.#host.offer({ number, commands, sink: this });
    if (taken === "elsewhere") {
      this.end("this engine does not lead its partition", true);
      return false;
    }
    if (taken !== "taken") {
      this.#refuse(number, taken, MESSAGES[taken]);
      return false;
    }
    this.#owed += countRecords(commands);
    return true;
  }

  #refuse(number: number, reason: keyof typeof REFUSALS, message: string): void {
    this.#send({ refused: { number, reason: REFUSALS[reason], message } }, message.length);
  }

  #send(reply: SubmitReply, bytes: number): void {
    if (this.#isDone) return;
    const cost = MESSAGE_BYTES + bytes;
    if (this.#unreadBytes > this.#unreadBytesMax) {
      this.#fail(status.RESOURCE_EXHAUSTED, `${this.#unreadBytes} bytes of answers wait to be read`);
      return;
    }
    this.#unreadBytes += cost;
    this.#call.write(reply, () => {
      this.#unreadBytes -= cost;
    });
  }

  #endWhenSettled(): void {
    if (!this.#isEnding || this.#isDone || this.#owed > 0) return;
    this.#isDone = true;
    this.#call.end();
  }

  #fail(code: status, details: string): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#call.emit("error", { code, details });
  }
}

const MESSAGES: Record<keyof typeof REFUSALS, string> = {
  busy: "too many commands wait to be sequenced",
  malformed: "the records do not add up",
  stopped: "the engine is stopping",
};

/** Commands in records that an engine has taken: they are whole. */
function countRecords(commands: Uint8Array): number {
  const words = new Int32Array(commands.buffer, commands.byteOffset, commands.byteLength / 4);
  let count = 0;
  for (let at = 0; at < words.length; at += words[at]! >>> 8) count++;
  return count;
}
