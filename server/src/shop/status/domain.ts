/** The public status says what buyers would find out themselves, and never better than what staff told the public. */
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import {
  type ComponentName,
  componentNames,
  type Health,
  type PublicImpact,
  type PublicIncident,
  type PublicPhase,
  type PublicStatus,
} from "@orderwatch/shared/shop/status.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** An update that the public can read. */
export interface PublicUpdate {
  id: string;
  incidentId: string;
  startedAt: Date;
  phase: PublicPhase;
  impact: PublicImpact;
  title: Words;
  text: Words;
  publishedAt: Date;
}

/** Fewer outcomes than this prove nothing, so nothing bad is said. */
const enough = 5;
const degradedBelow = 0.8;
const downBelow = 0.1;

/** A paid order that waits so long is what a buyer calls slow. */
const slowDeliveryMs = 60_000;
/** Facts older than this were kept because the database does not answer, and without it nothing is sold. */
const tellingMs = 20_000;

/** What is known of the shop at a moment; all of it can be read without a console. Plain JSON, since caches keep it as text. */
export interface StatusFacts {
  atMs: number;
  channels: { method: PaymentMethod; paid: number; failed: number }[];
  /** Payment methods that staff have paused. */
  paused: PaymentMethod[];
  delivery: { delivered: number; failed: number; lagMs: number };
  stock: { products: number; soldOut: number };
  incidents: PublicIncident[];
}

const ranks: readonly Health[] = ["operational", "unknown", "degraded", "down"];

/** The worse of two. */
export const worse = (one: Health, other: Health): Health =>
  ranks.indexOf(one) >= ranks.indexOf(other) ? one : other;

/** How a service does whose last outcomes were so many successes and failures. */
export function healthOf(succeeded: number, failed: number): "operational" | "degraded" | "down" {
  const total = succeeded + failed;
  if (total < enough || succeeded / total >= degradedBelow) return "operational";
  return succeeded / total >= downBelow ? "degraded" : "down";
}

/** Sold out altogether is down; when most is, that is worth a word. */
export function stockHealth({ products, soldOut }: StatusFacts["stock"]): Health {
  if (products === 0 || soldOut * 2 <= products) return "operational";
  return soldOut === products ? "down" : "degraded";
}

/** Incidents as the public was told of them, newest first; one lasts until an update says that it is over. */
export function incidentsOf(updates: readonly PublicUpdate[]): PublicIncident[] {
  const byIncident = Map.groupBy(updates, ({ incidentId }) => incidentId);
  return [...byIncident.values()]
    .flatMap((told) => {
      const newestFirst = told.toSorted((a, b) => b.publishedAt.getTime() - a.publishedAt.getTime());
      const [latest] = newestFirst;
      if (!latest) return [];
      return {
        id: latest.incidentId,
        title: latest.title,
        impact: latest.impact,
        startedAt: latest.startedAt.toISOString(),
        resolvedAt: latest.phase === "resolved" ? latest.publishedAt.toISOString() : null,
        updates: newestFirst.map(({ id, phase, text, publishedAt }) => ({
          ...{ id, phase, text, publishedAt: publishedAt.toISOString() },
        })),
      };
    })
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

/** The status as it is shown at `now`; facts that are too old mean that the database is away. */
export function statusAt(facts: StatusFacts, now: Date): PublicStatus {
  const { incidents } = facts;
  const current = incidents.filter(({ resolvedAt }) => resolvedAt === null);
  const isAway = now.getTime() - facts.atMs > tellingMs;
  const seen = isAway ? unseen(facts) : seenHealth(facts);
  const components = componentNames.flatMap((name) => {
    const health = seen[name];
    if (health === undefined) return [];
    return {
      name,
      status: current.reduce((worst, { impact }) => worse(worst, impact[name] ?? worst), health),
    };
  });
  const channels = facts.channels.flatMap(({ method }) =>
    components.filter(({ name }) => name === method).map(({ status }) => ({ method, status })),
  );
  return {
    status: overall(
      components,
      channels.map(({ status }) => status),
    ),
    at: new Date(facts.atMs).toISOString(),
    channels,
    components,
    incidents: { current, past: incidents.filter(({ resolvedAt }) => resolvedAt !== null) },
  };
}

type Seen = Partial<Record<ComponentName, Health>>;

/** Ordering itself leaves no failures in rows: a node that answers and whose database answers takes orders. */
function seenHealth({ channels, paused, delivery, stock }: StatusFacts): Seen {
  const byMethod: Seen = {};
  for (const { method, paid, failed } of channels)
    byMethod[method] = worse(healthOf(paid, failed), paused.includes(method) ? "degraded" : "operational");
  const slow = delivery.lagMs > slowDeliveryMs ? "degraded" : "operational";
  return {
    ordering: "operational",
    ...byMethod,
    delivery: worse(healthOf(delivery.delivered, delivery.failed), slow),
    stock: stockHealth(stock),
  };
}

function unseen({ channels }: StatusFacts): Seen {
  const byMethod: Seen = {};
  for (const { method } of channels) byMethod[method] = "unknown";
  return { ordering: "down", ...byMethod, delivery: "unknown", stock: "unknown" };
}

/** Down is what keeps buyers from buying or from getting what they bought; empty shelves alone are not the shop's failure. */
function overall(
  components: { name: ComponentName; status: Health }[],
  channels: Health[],
): PublicStatus["status"] {
  const of = (wanted: ComponentName) => components.find(({ name }) => name === wanted)?.status;
  if (of("ordering") === "down" || of("delivery") === "down") return "down";
  if (channels.length > 0 && channels.every((channel) => channel === "down")) return "down";
  return components.every(({ status }) => status === "operational") ? "operational" : "degraded";
}
