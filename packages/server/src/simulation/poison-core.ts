import { CommandType, NewOrder, readText, type WordBuffer } from "@buttonwood/protocol";
import type { CoreFactory, DeterministicCore } from "../engine/deterministic-core.js";
import { POISON } from "./sim-gateway.js";

/**
 * Cores with a bug: they throw at certain commands, after having changed their state. The engine has to set
 * those commands aside.
 */
export function poisonable(cores: CoreFactory): CoreFactory {
  return {
    create: () => withBug(cores.create()),
    restore: (snapshot) => withBug(cores.restore(snapshot)),
  };
}

function withBug(core: DeterministicCore): DeterministicCore {
  const apply = core.apply.bind(core);
  core.apply = (commands: WordBuffer, at: number): void => {
    apply(commands, at);
    if ((commands.i32[at]! & 0xff) !== CommandType.NEW_ORDER) return;
    if (readText(commands, at + NewOrder.ID, POISON.length) === POISON) throw new Error("simulated bug");
  };
  return core;
}
