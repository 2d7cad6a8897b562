import { journalContract } from "../journal-contract.js";
import { MemoryJournal, type MemoryJournalFile } from "./memory-journal.js";

journalContract("memory", async () => {
  const file: MemoryJournalFile = { epoch: 0, rows: [] };
  return { open: () => new MemoryJournal(file), close: async () => {} };
});
