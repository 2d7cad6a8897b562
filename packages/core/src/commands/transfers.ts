import {
  CommandHeader,
  EventType,
  PARTITIONS_MAX,
  Reason,
  SUPPLY_MAX,
  TransferAck,
  TransferEvent,
  TransferIn,
  TransferOut,
  type WordBuffer,
} from "@buttonwood/protocol";
import { AssetRow } from "../instrument/asset-table.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";

/** Funds to and from other partitions. Each returns the reason. */
export class Transfers {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  send(command: WordBuffer, at: number): number {
    const { balances, channels, scalars } = this.#state;
    const account = command.i32[at + CommandHeader.ACCOUNT];
    const to = command.i32[at + TransferOut.TO];
    const asset = command.i32[at + TransferOut.ASSET];
    const amountMin = command.f64[(at + TransferOut.AMOUNT_MIN) >> 1];
    const amountMax = command.f64[(at + TransferOut.AMOUNT_MAX) >> 1];
    const deadline = command.f64[(at + CommandHeader.DEADLINE_US) >> 1];
    if (!isPartition(to) || !isAmount(amountMin) || !isAmount(amountMax) || amountMin > amountMax) {
      return Reason.MALFORMED_COMMAND;
    }
    if (!this.#isAccount(account)) return Reason.UNKNOWN_ACCOUNT;
    if (deadline !== 0 && scalars[Scalar.NOW] > deadline) return Reason.DEADLINE_PASSED;
    if (!this.#isAsset(asset)) return Reason.UNKNOWN_ASSET;
    if (!channels.hasRoom(to)) return Reason.CAPACITY_REACHED;
    // Row 0 is nobody's and holds nothing.
    const row = balances.find(account, asset);
    const free = balances.doubles[row >> 1];
    if (free < amountMin) return Reason.INSUFFICIENT_BALANCE;
    const amount = Math.min(free, amountMax);
    this.#move(row, asset, -amount);
    const channelSequence = channels.send(to, account, asset, amount);
    this.#writeEvent(EventType.TRANSFER_SENT, account, to, asset, channelSequence, amount);
    return Reason.OK;
  }

  receive(command: WordBuffer, at: number): number {
    const { assets, balances, channels, accountBalances } = this.#state;
    const account = command.i32[at + CommandHeader.ACCOUNT];
    const from = command.i32[at + TransferIn.FROM];
    const asset = command.i32[at + TransferIn.ASSET];
    const channelSequence = command.f64[(at + TransferIn.CHANNEL_SEQUENCE) >> 1];
    const amount = command.f64[(at + TransferIn.AMOUNT) >> 1];
    if (!isPartition(from) || !isSequence(channelSequence) || !isAmount(amount)) {
      return Reason.MALFORMED_COMMAND;
    }
    const received = channels.received(from);
    if (channelSequence <= received) return Reason.REPEAT;
    if (channelSequence > received + 1) return Reason.CHANNEL_GAP;
    if (!this.#isAccount(account)) return Reason.UNKNOWN_ACCOUNT;
    if (!this.#isAsset(asset)) return Reason.UNKNOWN_ASSET;
    if (balances.find(account, asset) === 0 && balances.room < 1) return Reason.CAPACITY_REACHED;
    if (assets.doubles[(assets.row(asset) + AssetRow.SUPPLY) >> 1] + amount > SUPPLY_MAX) {
      return Reason.SUPPLY_EXCEEDED;
    }
    this.#move(balances.take(account, asset, accountBalances), asset, amount);
    channels.receive(from);
    this.#writeEvent(EventType.TRANSFER_RECEIVED, account, from, asset, channelSequence, amount);
    return Reason.OK;
  }

  acknowledge(command: WordBuffer, at: number): number {
    const { channels } = this.#state;
    const to = command.i32[at + TransferAck.TO];
    const channelSequence = command.f64[(at + TransferAck.CHANNEL_SEQUENCE) >> 1];
    if (!isPartition(to) || !isSequence(channelSequence)) return Reason.MALFORMED_COMMAND;
    if (channelSequence <= channels.acknowledged(to)) return Reason.REPEAT;
    if (channelSequence > channels.sent(to)) return Reason.CHANNEL_GAP;
    channels.acknowledge(to, channelSequence);
    return Reason.OK;
  }

  /** Adds to a balance's free part and to the supply of its asset; a negative amount takes off both. */
  #move(row: number, asset: number, amount: number): void {
    const { assets, balances } = this.#state;
    balances.touch(row);
    balances.doubles[row >> 1] += amount;
    assets.doubles[(assets.row(asset) + AssetRow.SUPPLY) >> 1] += amount;
  }

  #writeEvent(
    type: number,
    account: number,
    partition: number,
    asset: number,
    channelSequence: number,
    amount: number,
  ): void {
    const { out } = this.#state;
    const at = out.reserve(TransferEvent.WORDS);
    out.i32[at] = type | (TransferEvent.WORDS << 8);
    out.i32[at + 1] = account;
    out.i32[at + TransferEvent.PARTITION] = partition;
    out.i32[at + TransferEvent.ASSET] = asset;
    out.f64[(at + TransferEvent.CHANNEL_SEQUENCE) >> 1] = channelSequence;
    out.f64[(at + TransferEvent.AMOUNT) >> 1] = amount;
  }

  #isAccount(account: number): boolean {
    return account >= 0 && account < this.#state.scalars[Scalar.ACCOUNTS];
  }

  #isAsset(asset: number): boolean {
    return asset >= 0 && asset < this.#state.scalars[Scalar.ASSETS];
  }
}

const isPartition = (number: number): boolean => number >= 0 && number < PARTITIONS_MAX;
const isAmount = (amount: number): boolean => Number.isInteger(amount) && amount >= 1 && amount <= SUPPLY_MAX;
const isSequence = (sequence: number): boolean => Number.isSafeInteger(sequence) && sequence >= 1;
