import type { Funnel, FunnelQuery, VisitPath, VisitsQuery } from "@orderwatch/shared/ops/funnel.ts";
import { type FunnelStep, funnelSteps } from "@orderwatch/shared/ops/funnel-steps.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { Session } from "@orderwatch/shared/shop/beacons.ts";
import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import type { Database } from "../../platform/db.ts";
import {
  addTallies,
  type FunnelTally,
  fewestVisits,
  groupsOf,
  isOver,
  piecesOf,
  referencesOf,
  stepsOf,
  tallyOf,
  type Window,
} from "./domain.ts";
import type { References } from "./references.ts";
import * as store from "./store.ts";

export type { CountRow } from "./store.ts";

export interface PathsContext {
  db: Database;
  /** Windows that are over. */
  past: References<store.CountRow[]>;
}

/** The tallies of one window: of all its visits, and of each device, method and product. */
interface Tallies {
  all: FunnelTally;
  device: ReadonlyMap<string, FunnelTally>;
  method: ReadonlyMap<string, FunnelTally>;
  sku: ReadonlyMap<string, FunnelTally>;
}

/** The funnel of the visits that began in a window, as it stood at the window's end, beside what is normal. */
export async function readFunnel(context: PathsContext, query: FunnelQuery): Promise<Funnel> {
  const filter = filterOf(query);
  // One after another: what was and is can wait a moment, and the machine has other things to do.
  const counts = await countPaths(context, filter);
  const orders = await store.countOrders(context.db.sql, filter);
  const normal = await readNormal(context, filter);
  const now = talliesOf(counts);
  const known = normal.tallies;
  return {
    from: filter.from.toISOString(),
    to: filter.to.toISOString(),
    basis: normal.basis,
    weeks: normal.weeks,
    steps: stepsOf(now.all, known?.all ?? null),
    devices: groupsOf(now.device, known?.device ?? null, "visit"),
    methods: groupsOf(now.method, known?.method ?? null, "placed"),
    products: groupsOf(now.sku, known?.sku ?? null, "product"),
    reasons: counts.flatMap(toReason).sort((a, b) => b.visits - a.visits),
    orders: { ofVisits: ordersOf(orders, true), withoutVisit: ordersOf(orders, false) },
    simulated: counts
      .filter(({ kind, key }) => kind === "all" && key === "simulated")
      .reduce((sum, { visits }) => sum + visits, 0),
  };
}

/** What is normal for these visits; a product's filter changes nothing of how many visits there are. */
async function readNormal(
  context: PathsContext,
  filter: store.PathFilter,
): Promise<{ basis: Funnel["basis"]; weeks: number; tallies: Tallies | null }> {
  const references = referencesOf(filter);
  const weeks: Tallies[] = [];
  for (const window of references.weeks) {
    const tallies = await readReference(context, filter, window);
    if (tallies.all.visit.reached >= fewestVisits) weeks.push(tallies);
  }
  if (weeks.length > 0) return { basis: "weeks", weeks: weeks.length, tallies: addUp(weeks) };
  const before = await readReference(context, filter, references.before);
  if (before.all.visit.reached >= fewestVisits) return { basis: "before", weeks: 0, tallies: before };
  return { basis: "learning", weeks: 0, tallies: null };
}

async function readReference(
  context: PathsContext,
  filter: store.PathFilter,
  window: Window,
): Promise<Tallies> {
  const asked = { ...filter, ...window, until: window.to };
  const counts = await context.past.read(JSON.stringify(asked), () => countPaths(context, asked));
  return talliesOf(counts);
}

/** Counts a window piece by piece; a visit belongs to the piece in which it began, so that pieces add up. */
async function countPaths({ db, past }: PathsContext, filter: store.PathFilter): Promise<store.CountRow[]> {
  const sums = new Map<string, store.CountRow>();
  for (const piece of piecesOf(filter)) {
    const asked = { ...filter, ...piece };
    const count = () => store.countPaths(db.sql, asked);
    const rows = isOver(piece, filter.until)
      ? await past.read(JSON.stringify({ ...asked, until: null }), count)
      : await count();
    for (const row of rows) {
      const key = `${row.kind} ${row.key} ${row.bits}`;
      sums.set(key, { ...row, visits: row.visits + (sums.get(key)?.visits ?? 0) });
    }
  }
  return [...sums.values()];
}

function talliesOf(rows: readonly store.CountRow[]): Tallies {
  const by = (kind: store.CountRow["kind"]): ReadonlyMap<string, FunnelTally> =>
    new Map(
      [
        ...Map.groupBy(
          rows.filter((row) => row.kind === kind),
          ({ key }) => key,
        ),
      ].map(([key, seen]) => [key, tallyOf(seen)]),
    );
  return {
    all: tallyOf(rows.filter(({ kind }) => kind === "all")),
    device: by("device"),
    method: by("method"),
    sku: by("sku"),
  };
}

function addUp(weeks: readonly Tallies[]): Tallies {
  const by = (kind: "device" | "method" | "sku"): ReadonlyMap<string, FunnelTally> => {
    const keys = new Set(weeks.flatMap((week) => [...week[kind].keys()]));
    return new Map(
      [...keys].map((key) => [key, addTallies(weeks.flatMap((week) => week[kind].get(key) ?? []))]),
    );
  };
  return {
    all: addTallies(weeks.map(({ all }) => all)),
    device: by("device"),
    method: by("method"),
    sku: by("sku"),
  };
}

function toReason({ kind, key, visits }: store.CountRow): Funnel["reasons"] {
  if (kind !== "reason") return [];
  const [name, code = ""] = key.split(" ", 2);
  const step = funnelSteps.find((each) => each === name);
  return step === undefined ? [] : [{ step, code, visits }];
}

function ordersOf(rows: readonly store.OrderCountRow[], isOfVisit: boolean) {
  const { placed = 0, paid = 0, delivered = 0 } = rows.find((row) => row.isOfVisit === isOfVisit) ?? {};
  return { placed, paid, delivered };
}

/** Visits of a window that came exactly as far as asked, newest first, each with all that is known of it. */
export async function listVisits(
  { db }: PathsContext,
  query: VisitsQuery,
): Promise<{ items: VisitPath[]; nextCursor: string | null }> {
  const filter = filterOf(query);
  const before = query.cursor === undefined ? undefined : readCursor(query.cursor);
  const wanted = { bits: bitsOf(query.reached), code: query.code, before };
  const rows: store.VisitRow[] = [];
  for (const piece of piecesOf(filter).reverse()) {
    if (rows.length > query.limit) break;
    if (before !== undefined && piece.from > before.at) continue;
    const limit = query.limit + 1 - rows.length;
    rows.push(...(await store.findVisits(db.sql, { ...filter, ...piece }, { ...wanted, limit })));
  }
  const shown = rows.slice(0, query.limit);
  const { steps, orders } = await store.readPaths(
    db.sql,
    shown.map(({ session }) => session),
    filter.from,
  );
  const last = shown.at(-1);
  return {
    items: shown.map((visit) => ({
      ...visit,
      beganAt: visit.beganAt.toISOString(),
      steps: steps.filter((each) => each.session === visit.session).map(toStep),
      orders: orders.filter((each) => each.session === visit.session).map(toOrder),
    })),
    nextCursor: rows.length > shown.length && last ? `${last.beganAt.toISOString()}~${last.session}` : null,
  };
}

const toStep = ({ step, sku, code, at }: store.StepRow): VisitPath["steps"][number] => ({
  step,
  sku: sku === "" ? null : sku,
  code: code === "" ? null : code,
  at: at.toISOString(),
});

const toOrder = ({
  session: _,
  placedAt,
  paidAt,
  deliveredAt,
  ...order
}: store.OrderOfVisit): VisitPath["orders"][number] => ({
  ...order,
  placedAt: placedAt.toISOString(),
  paidAt: paidAt?.toISOString() ?? null,
  deliveredAt: deliveredAt?.toISOString() ?? null,
});

/** The sets of steps whose last one is this. */
function bitsOf(reached: FunnelStep | undefined): { least: number; below: number } {
  if (reached === undefined) return { least: 0, below: 1 << funnelSteps.length };
  const below = 1 << funnelSteps.indexOf(reached);
  return { least: below >> 1, below };
}

function readCursor(cursor: string): { at: Date; session: string } {
  const [time = "", session] = cursor.split("~", 2);
  const at = new Date(time);
  const known = Session.safeParse(session);
  if (Number.isNaN(at.getTime()) || !known.success)
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  return { at, session: known.data };
}

const both: readonly Origin[] = ["buyer", "simulated"];

const filterOf = (query: FunnelQuery): store.PathFilter => ({
  from: new Date(query.from),
  to: new Date(query.to),
  until: new Date(query.to),
  origins: query.origin === undefined ? both : [query.origin],
  device: query.device,
  sku: query.sku,
  method: query.method,
});
