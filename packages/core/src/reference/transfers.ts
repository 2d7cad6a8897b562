/** Funds between partitions: what is taken here and sent, what comes in once and is credited, what has arrived. */
import { type Command, PARTITIONS_MAX, Reason, SUPPLY_MAX } from "@buttonwood/protocol";
import { change, freeOf } from "./ledger.js";
import { type Outcome, outcome, taken } from "./outcome.js";
import type { Channel, Group, State } from "./state.js";

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

const isPartition = (number: number): boolean => number >= 0 && number < PARTITIONS_MAX;
const isAmount = (amount: number): boolean => Number.isInteger(amount) && amount >= 1 && amount <= SUPPLY_MAX;
const isSequence = (sequence: number): boolean => Number.isSafeInteger(sequence) && sequence >= 1;

/** What is kept of another partition, created empty. */
function channelOf(state: State, partition: number): Channel {
  let channel = state.channels.get(partition);
  if (channel === undefined) {
    channel = { sent: 0, acknowledged: 0, received: 0, outbox: [] };
    state.channels.set(partition, channel);
  }
  return channel;
}

export function transferOut(state: State, group: Group, command: CommandOf<"TRANSFER_OUT">): Outcome {
  const { account, toPartition, asset: number, amountMin, amountMax, deadlineUs = 0 } = command;
  const isValid =
    isPartition(toPartition) && isAmount(amountMin) && isAmount(amountMax) && amountMin <= amountMax;
  if (!isValid) return outcome(Reason.MALFORMED_COMMAND);
  if (state.accounts[account] === undefined) return outcome(Reason.UNKNOWN_ACCOUNT);
  if (deadlineUs !== 0 && state.nowUs > deadlineUs) return outcome(Reason.DEADLINE_PASSED);
  const asset = state.assets[number];
  if (asset === undefined) return outcome(Reason.UNKNOWN_ASSET);
  const channel = channelOf(state, toPartition);
  if (channel.outbox.length >= state.config.outboxMax) return outcome(Reason.CAPACITY_REACHED);
  const free = freeOf(state, account, number);
  if (free < amountMin) return outcome(Reason.INSUFFICIENT_BALANCE);

  const amount = Math.min(free, amountMax);
  asset.supply -= amount;
  change(state, group, account, number, -amount, 0);
  channel.sent++;
  const channelSequence = channel.sent;
  channel.outbox.push({ channelSequence, account, asset: number, amount });
  group.push({
    kind: "TRANSFER_SENT",
    account,
    partition: toPartition,
    asset: number,
    channelSequence,
    amount,
  });
  return taken();
}

export function transferIn(state: State, group: Group, command: CommandOf<"TRANSFER_IN">): Outcome {
  const { account, fromPartition, channelSequence, asset: number, amount } = command;
  const isValid = isPartition(fromPartition) && isSequence(channelSequence) && isAmount(amount);
  if (!isValid) return outcome(Reason.MALFORMED_COMMAND);
  const channel = channelOf(state, fromPartition);
  if (channelSequence <= channel.received) return outcome(Reason.REPEAT);
  if (channelSequence > channel.received + 1) return outcome(Reason.CHANNEL_GAP);
  if (state.accounts[account] === undefined) return outcome(Reason.UNKNOWN_ACCOUNT);
  const asset = state.assets[number];
  if (asset === undefined) return outcome(Reason.UNKNOWN_ASSET);
  if (asset.supply + amount > SUPPLY_MAX) return outcome(Reason.SUPPLY_EXCEEDED);

  asset.supply += amount;
  change(state, group, account, number, amount, 0);
  channel.received++;
  group.push({
    kind: "TRANSFER_RECEIVED",
    account,
    partition: fromPartition,
    asset: number,
    channelSequence,
    amount,
  });
  return taken();
}

export function transferAck(state: State, command: CommandOf<"TRANSFER_ACK">): Outcome {
  const { toPartition, channelSequence } = command;
  if (!isPartition(toPartition) || !isSequence(channelSequence)) return outcome(Reason.MALFORMED_COMMAND);
  const channel = channelOf(state, toPartition);
  if (channelSequence <= channel.acknowledged) return outcome(Reason.REPEAT);
  if (channelSequence > channel.sent) return outcome(Reason.CHANNEL_GAP);
  channel.outbox.splice(0, channelSequence - channel.acknowledged);
  channel.acknowledged = channelSequence;
  return taken();
}
