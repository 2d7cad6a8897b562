import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NetworkError } from "../errors.js";
import { NumberedRepair } from "./numbered-repair.js";

interface Told {
  readonly delivered: number[];
  readonly ends: (readonly [delivered: number, missing: number | undefined])[];
  readonly holes: string[];
}

/** A repair over a history, and what it told. */
function repairOver(
  fetch: ((from: number) => Promise<readonly number[]>) | undefined,
): Told & { repair: NumberedRepair<number>; repaired: () => Promise<void> } {
  const told: Told = { delivered: [], ends: [], holes: [] };
  let onEnd: () => void = () => {};
  const repair = new NumberedRepair<number>({
    numberOf: (number) => number,
    fetch,
    deliver: (number) => told.delivered.push(number),
    onHole: (reason) => told.holes.push(reason),
    onRepaired: (delivered, missing) => {
      told.ends.push([delivered, missing]);
      onEnd();
    },
  });
  const repaired = (): Promise<void> =>
    new Promise((resolve) => {
      onEnd = resolve;
    });
  return { ...told, repair, repaired };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe("NumberedRepair", () => {
  it("fetches what is missing by pages, though the history lags and fails, and passes over repeats", async () => {
    let asked = 0;
    const { repair, repaired, delivered, ends, holes } = repairOver(async (from) => {
      asked++;
      if (asked === 2) throw new NetworkError("busy");
      // The history ends at 7 when it is first asked, and has three rows a page, of which one was had before.
      const known = upTo(asked < 5 ? 7 : 9).filter((number) => number >= from - 1);
      return known.slice(0, 3);
    });
    repair.take(1);
    repair.take(2);
    repair.take(2);
    const end = repaired();
    repair.take(10);
    repair.take(11);
    repair.take(10);
    await end;
    repair.take(12);
    assert.deepEqual(delivered, upTo(12));
    assert.deepEqual(ends, [[7, 0]]);
    assert.deepEqual(holes, ["3 is missing: 10 came"]);
  });

  it("fetches once more when the connection ended again in the midst of it", async () => {
    let last = 4;
    let isSecond = false;
    const { repair, repaired, delivered, ends } = repairOver(async (from) => {
      const page = upTo(last).filter((number) => number >= from);
      if (page.length === 0 && !isSecond) {
        // Whatever comes now is in no answer, and its message is lost with the connection.
        isSecond = true;
        last = 6;
        repair.again();
      }
      return page;
    });
    repair.take(1);
    const end = repaired();
    repair.again();
    await end;
    assert.deepEqual([delivered, ends], [upTo(6), [[5, 0]]]);
  });

  it("counts what nobody can fetch, and says when it can't know", async () => {
    const { repair, repaired, delivered, ends } = repairOver(undefined);
    repair.take(1);
    let end = repaired();
    repair.again();
    await end;
    end = repaired();
    repair.take(5);
    await end;
    assert.deepEqual(
      [delivered, ends],
      [
        [1, 5],
        [
          [0, undefined],
          [0, 3],
        ],
      ],
    );
  });
});
