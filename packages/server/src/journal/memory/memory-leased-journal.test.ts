import { journalContract } from "../journal-contract.js";
import { leaseContract } from "../lease-contract.js";
import { MemoryLeasedJournal, memoryPartition } from "./memory-leased-journal.js";

journalContract("memory, with a lease", async () => {
  const partition = memoryPartition(() => 0);
  return { open: () => new MemoryLeasedJournal(partition), close: async () => {} };
});

leaseContract("memory", async () => {
  let nowMs = 0;
  const partition = memoryPartition(() => nowMs);
  return {
    open: () => new MemoryLeasedJournal(partition),
    age: async (ms) => {
      nowMs += ms;
    },
    close: async () => {},
  };
});
