import type { LiveFrame } from "@orderwatch/shared/live/frame.ts";
import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import type { FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import { Drill, type DrillRun } from "@orderwatch/shared/ops/drills.ts";
import { createDrillDoor } from "../../src/app/drill-door.ts";
import {
  type DrillContext,
  DrillFigures,
  type FaultTargets,
  revertKey,
  TargetUnreachable,
} from "../../src/ops/drills/actions.ts";
import type { CountedStep } from "../../src/ops/drills/figures.ts";
import { startRun } from "../../src/ops/drills/run-actions.ts";
import { advance } from "../../src/ops/drills/step-actions.ts";
import { readRun } from "../../src/ops/drills/views-actions.ts";
import {
  alertHooks,
  countOpen,
  declareBySystem,
  type IncidentContext,
  openAmong,
} from "../../src/ops/incidents/actions.ts";
import { type Activity, untouched } from "../../src/platform/faults/activity.ts";
import { LeaseBook } from "../../src/platform/faults/lease-book.ts";
import { openTestShop, type TestShop } from "../order-backend.ts";
import { anHour } from "./hour.ts";

/** A drill of a minute that makes a supplier fail; what is given replaces parts of it. */
export const aDrill = (given: Partial<Drill> = {}): Drill =>
  Drill.parse({
    slug: "supplier-down",
    title: { "zh-CN": "供货商停摆", en: "The supplier is away" },
    belief: { "zh-CN": "会被发现", en: "It is seen" },
    hypothesis: [{ figure: "active_nodes", atLeast: 1 }],
    faults: [{ kind: "supplier", errorRate: 1 }],
    radius: { percent: 100, orders: 100, buyers: 0 },
    targets: { rules: ["supplier-failing"] },
    stop: [{ figure: "active_nodes", below: 1, forS: 3 }],
    durationS: 60,
    afterS: 30,
    expect: {
      ...{ rule: "supplier-failing", level: 2, runbook: "supplier-failing" },
      ...{ detectedWithinS: 10, acknowledgedWithinS: 30, mitigatedWithinS: 60 },
    },
    ...given,
  });

/** A target that holds real leases and can be cut off, be stubborn, or lose everything as a process that dies does. */
export class TestTarget implements FaultTargets {
  book: LeaseBook;
  isAway = false;
  /** Goes on until its lease is over, whoever takes it back. */
  isStubborn = false;
  /** Whether what its faults do stays when its book says that they are over. */
  lingers = false;
  touched: Activity["touched"] = () => untouched;
  /** Leases as they were granted first, in order. */
  readonly granted: FaultLease[] = [];
  readonly #shop: TestShop;

  constructor(shop: TestShop) {
    this.#shop = shop;
    this.book = this.#open();
  }

  #open(): LeaseBook {
    return new LeaseBook(this.#shop.clock, () => ({
      touched: () => this.touched(),
      detail: () => undefined,
      lingers: () => this.lingers,
      stop: async () => undefined,
    }));
  }

  /** As if its process had been killed and started again. */
  async die(): Promise<void> {
    await this.book.close();
    this.book = this.#open();
  }

  async #asked<T>(answer: () => T | Promise<T>): Promise<T> {
    if (this.isAway) throw new TargetUnreachable("the target is away");
    return await answer();
  }

  place: FaultTargets["place"] = async (fault) => [{ target: "shop-1", fault }];
  grant: FaultTargets["grant"] = (_, lease) =>
    this.#asked(() => {
      if (!this.granted.some(({ id }) => id === lease.id)) this.granted.push(lease);
      return this.book.grant(lease);
    });
  renew: FaultTargets["renew"] = (_, lease) => this.#asked(() => this.book.renew(lease));
  revert: FaultTargets["revert"] = (_, id) =>
    this.#asked(() => (this.isStubborn ? this.book.report(id) : this.book.revert(id)));
  probe: FaultTargets["probe"] = (_, id) => this.#asked(() => this.book.report(id));
}

export const staffOf = (name: string) => ({ staff: { id: name, name } });

export interface TestDrills {
  shop: TestShop;
  target: TestTarget;
  context: DrillContext;
  incidents: IncidentContext;
  /** An alert fires, as detection says it. Returns the incident's id. */
  fires(alert: Alert): Promise<string>;
  /** What people were told, with the run's state at that moment. */
  announced: string[];
  /** Another console on the same database, with a memory of its own. */
  another(): DrillContext;
  /** What the live frames say from now on; null: no frames come. */
  live: { activeNodes: number } | null;
  /** What the last hour's minutes counted. */
  hour: readonly CountedStep[];
  /** Moves the clock by whole seconds; a frame and a step of the engine come with each. */
  seconds(count: number, engine?: DrillContext | null): Promise<void>;
  start(mode?: "rehearsal" | "surprise", slug?: string): Promise<DrillRun>;
  read(id: string): Promise<DrillRun>;
  close(): Promise<void>;
}

/** Drills on a database of their own, with one target; time moves by hand. */
export async function openTestDrills(
  drills: readonly Drill[] = [aDrill()],
  isDemo = true,
): Promise<TestDrills> {
  const shop = await openTestShop();
  const target = new TestTarget(shop);
  const incidents: IncidentContext = { ...shop, on: {} };
  const all: DrillFigures[] = [];
  const announced: string[] = [];
  const another = (): DrillContext => {
    const figures = new DrillFigures();
    all.push(figures);
    return {
      ...shop,
      ...{ figures, isDemo, targets: target, library: new Map(drills.map((drill) => [drill.slug, drill])) },
      hooks: {
        countOpenIncidents: countOpen,
        openOf: openAmong,
        lastHour: async () => tests.hour,
        onDuty: async () => [],
        declareRevertFailed: (sql, run, title) =>
          declareBySystem(incidents, sql, { key: revertKey(run.id), level: 1, title, runbook: null }),
        announced: async (_, { state }, what) => void announced.push(`${what} ${state}`),
        score: async () => null,
      },
    };
  };
  const context = another();
  const door = createDrillDoor(context, async () => undefined);
  incidents.on = { opened: door.opened };
  const frame = () => {
    if (!tests.live) return;
    for (const figures of all) figures.take(aFrame(shop.clock.now(), tests.live.activeNodes));
  };
  const tests: TestDrills = {
    ...{ shop, target, context, incidents, announced, another },
    fires: (alert) =>
      shop.db.transaction(async (sql) =>
        alertHooks(incidents).alertFired(sql, alert, { run: await door.runOf(sql, alert) }),
      ),
    live: { activeNodes: 1 },
    hour: anHour({ placed: 40 }),
    async seconds(count, engine = context) {
      for (let second = 0; second < count; second++) {
        shop.clock.advance(1_000);
        frame();
        if (engine) await advance(engine);
      }
    },
    start: (mode = "rehearsal", slug = "supplier-down") => startRun(context, staffOf("ann"), slug, { mode }),
    read: (id) => readRun(context, { id: "ann", mayApprove: true }, id),
    async close() {
      await target.book.close();
      await shop.close();
    },
  };
  return tests;
}

const node = (id: string) => ({
  ...{ id, pid: 1, state: "active" as const, qps: 1, eventLoop: 0, inFlight: 0, ageS: 0 },
});

const noBeacons = { visit: 0, product: 0, checkout: 0 };

const aFrame = (at: Date, activeNodes: number): LiveFrame => ({
  ...{ epoch: "test", seq: 0, t: at.toISOString() },
  ...{ placed: 5, paid: 5, delivered: 5, refunded: 0, failed: {}, refused: {} },
  simulated: { placed: 5, paid: 5, delivered: 5, refunded: 0, failed: 0 },
  ...{ qps: 5, latencyMs: { p50: 5, p95: 10, p99: 20 }, channels: [] },
  funnel: { ...noBeacons, placed: 5, paid: 5, delivered: 5 },
  nodes: Array.from({ length: activeNodes }, (_, index) => node(`shop-${index + 1}`)),
  queue: { due: 0, lagMs: 0 },
});
