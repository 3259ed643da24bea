import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import { afterEach, describe, expect, it } from "vitest";
import { aDrill, openTestDrills, staffOf, type TestDrills } from "../../test/drills/desk.ts";
import { merge, readIncident } from "../ops/incidents/actions.ts";

let drills: TestDrills;
afterEach(() => drills.close());

/** A drill of a node, under way. */
async function underWay(mode: "rehearsal" = "rehearsal") {
  drills = await openTestDrills([
    aDrill({
      faults: [{ kind: "database", node: "shop-1", errorRate: 1 }],
      targets: { rules: ["node-dead", "stock-mismatch"], labels: { node: ["$node"], sku: ["(drill)"] } },
    }),
  ]);
  await drills.seconds(10);
  const { id } = await drills.start(mode);
  await drills.seconds(3);
  expect((await drills.read(id)).state).toBe("running");
  return id;
}

function alert(rule: string, labels: Alert["labels"]): Alert {
  const now = drills.shop.clock.now().toISOString();
  return {
    ...{ id: drills.shop.newId(), key: `${rule} ${JSON.stringify(labels)}`, rule, ruleVersion: 0, level: 2 },
    ...{ labels, title: { "zh-CN": "坏了", en: "It is broken" }, facts: {}, runbook: null },
    ...{ state: "firing", source: "rule", conditionSince: now, firedAt: now, lastTrueAt: now },
    ...{ resolvedAt: null, incidentId: null, suppressedBy: null },
  };
}

const isDrill = async (id: string) => (await readIncident(drills.incidents, id)).drill;

describe("O9: a real alert while a drill is under way", () => {
  it.each([
    ["node-dead", { node: "shop-1" }, { node: "shop-2" }],
    ["stock-mismatch", { sku: "(drill)" }, { sku: "gift-100" }],
  ])(
    "of %s opens an incident of its own beside the drill's, and ends the drill",
    async (rule, own, other) => {
      const run = await underWay();
      const caused = await drills.fires(alert(rule, own));
      expect(await drills.read(run)).toMatchObject({ state: "running", incidentIds: [caused] });
      expect(await isDrill(caused)).toBe(true);

      const real = await drills.fires(alert(rule, other));
      expect(real).not.toBe(caused);
      expect(await isDrill(real)).toBe(false);
      expect(await drills.read(run)).toMatchObject({
        ...{ state: "reverting", ending: { kind: "foreign_alert" }, incidentIds: [caused] },
      });
      // What the drill causes still is its own, and joins what is its own.
      expect(await drills.fires(alert(rule, { ...own }))).toBe(caused);
    },
  );

  it("never joins the drill's incident after its end either, while that is open", async () => {
    const run = await underWay();
    const caused = await drills.fires(alert("node-dead", { node: "shop-1" }));
    for (let second = 0; second < 400 && (await drills.read(run)).state !== "scored"; second++)
      await drills.seconds(1);
    drills.shop.clock.advance(3_600_000);
    const real = await drills.fires(alert("node-dead", { node: "shop-1" }));
    expect(real).not.toBe(caused);
    expect(await isDrill(real)).toBe(false);
  });

  it("cannot be made the drill's by merging its incident", async () => {
    await underWay();
    const caused = await drills.fires(alert("node-dead", { node: "shop-1" }));
    const real = await drills.fires(alert("node-dead", { node: "shop-2" }));
    for (const [from, into] of [[real, caused] as const, [caused, real] as const])
      await expect(merge(drills.incidents, staffOf("ann"), from, { into })).rejects.toMatchObject({
        code: "incident.conflict",
      });
  });
});
