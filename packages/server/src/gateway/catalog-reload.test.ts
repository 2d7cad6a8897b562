import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pino } from "pino";
import type { Catalog, EngineClient } from "../transport/engine-port.js";
import { ExchangeCatalog } from "./catalog.js";
import { CatalogReload } from "./catalog-reload.js";

const NOTHING: Catalog = { sequence: 0, assets: [], markets: [], accounts: [] };
const asset = (number: number) => ({ asset: number, name: `A${number}`, decimals: 2 });
const listed = (number: number) => ({ kind: "ASSET_LISTED", ...asset(number) }) as const;

/** A reload whose answers and times a test gives. */
function rig() {
  const catalog = new ExchangeCatalog(NOTHING);
  const asked: { answer: (catalog: Catalog) => void; fail: () => void }[] = [];
  const engine = {
    query: () =>
      new Promise((answer, reject) => asked.push({ answer, fail: () => reject(new Error("no answer")) })),
  } as unknown as EngineClient;
  const retries: (() => void)[] = [];
  const reload = new CatalogReload({
    engine,
    catalog,
    fence: { heardByAll() {} } as never,
    logger: pino({ level: "silent" }),
    timers: {
      after(_, run) {
        retries.push(run);
        return () => {
          const at = retries.indexOf(run);
          if (at >= 0) retries.splice(at, 1);
        };
      },
    },
  });
  return { catalog, asked, retries, reload };
}

describe("loading the catalog again", () => {
  it("what the feed brings meanwhile stays", async () => {
    const { catalog, asked, reload } = rig();
    const loading = reload.reload();
    catalog.apply(listed(0));
    catalog.apply(listed(1));
    asked[0]!.answer({ ...NOTHING, assets: [asset(0)] });
    await loading;
    assert.deepEqual(
      catalog.assets.map(({ name }) => name),
      ["A0", "A1"],
    );
  });

  it("a gap while it is loaded loads it once more, and a failure is tried again", async () => {
    const { asked, retries, reload } = rig();
    const loading = reload.reload();
    assert.equal(reload.reload(), loading);
    asked[0]!.fail();
    await loading;
    assert.equal(asked.length, 1);
    retries.splice(0)[0]!();
    assert.equal(asked.length, 2);
    const second = reload.reload();
    asked[1]!.answer(NOTHING);
    await second;
    // The gap came while the second was under way.
    retries.splice(0)[0]!();
    asked[2]!.answer(NOTHING);
    await turn();
    assert.equal(retries.length, 0);
    const last = reload.reload();
    asked[3]!.fail();
    await last;
    reload.close();
    assert.equal(retries.length, 0);
  });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
