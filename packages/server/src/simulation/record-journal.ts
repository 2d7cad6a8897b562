/**
 * Records a journal of random commands, for a version of the program that users are about to get:
 *
 *   node packages/server/dist/simulation/record-journal.js packages/server/src/engine/testing/recordings/NAME.gz [SEED]
 *
 * It tells how often each kind of event stands in it: choose a seed (1 unless given) with all that there is to pin.
 * Recordings are only ever added: every later version must replay all of them.
 */
import { RandomCommands } from "@buttonwood/core/reference";
import { decodeEvents, Reason } from "@buttonwood/protocol";
import { coresOf } from "../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine } from "../engine/engine.js";
import { writeRecording } from "../engine/testing/recording.js";
import { commandBytes } from "../engine/testing/small-world.js";
import { MemoryJournal, type MemoryJournalFile } from "../journal/memory/memory-journal.js";
import { MemorySnapshotStore } from "../journal/snapshots/memory-snapshot-store.js";
import { systemTimers } from "../platform/timers.js";

const COMMANDS = 500;
const REASONS = new Map<number, string>(Object.entries(Reason).map(([name, number]) => [number, name]));

const file = process.argv[2];
const seed = Number(process.argv[3] ?? 1);
if (file === undefined) throw new Error("name the file to write");
const random = new RandomCommands(seed);
const { config } = random.world;
const capacity = {
  ...config,
  pricePagesMax: config.openOrdersMax + 8,
  balancesMax: config.accountsMax * config.assetsMax + 1,
  accountMarketsMax: config.accountsMax * config.marketsMax + 1,
};
const journal: MemoryJournalFile = { epoch: 0, rows: [] };
const kinds = new Map<string, number>();
let timeUs = 0;
const engine = await Engine.start(
  {
    journal: new MemoryJournal(journal),
    snapshots: new MemorySnapshotStore(),
    cores: coresOf(capacity),
    publisher: { publish() {} },
    clock: { nowUs: () => timeUs },
    timers: systemTimers,
    defer: setImmediate,
    stopwatchMs: () => 0,
    onEvent() {},
  },
  { ...ENGINE_OPTIONS_DEFAULT, owner: "recording" },
);
for (let number = 0; number < COMMANDS; number++) {
  const command = random.next();
  timeUs = command.timeUs ?? timeUs;
  await new Promise<void>((resolve) => {
    const reply = ({ events }: { readonly events: Parameters<typeof decodeEvents>[0] }): void => {
      const decoded = decodeEvents(events);
      random.observe(decoded);
      for (const event of decoded) {
        const kind =
          event.kind === "ORDER_EXPIRED" ? `${event.kind} ${REASONS.get(event.reason)}` : event.kind;
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
      resolve();
    };
    engine.offer({ commands: commandBytes(command), number, sink: { reply } });
  });
}
await engine.close();
writeRecording(file, { capacity, rows: journal.rows });
for (const [kind, count] of [...kinds].sort()) console.log(`${kind}: ${count}`);
