import { benchAlerts } from "./alerts.ts";
import { benchAutoscale } from "./autoscale.ts";
import { benchCache } from "./cache.ts";
import { benchConsole } from "./console.ts";
import { benchDelivery } from "./delivery.ts";
import { benchDetection } from "./detection.ts";
import { benchFailover } from "./failover.ts";
import { benchFaultPoints } from "./fault-points.ts";
import { print } from "./figures.ts";
import { benchOrders } from "./orders.ts";
import { benchOverload } from "./overload.ts";
import { benchProduct } from "./product.ts";
import { benchPrometheus } from "./prometheus.ts";
import { benchRecommendations } from "./recommendations.ts";
import { benchScale } from "./scale.ts";
import { benchShop3g } from "./shop-3g.ts";
import { benchTickets } from "./tickets.ts";
import { benchTicketsStorm } from "./tickets-storm.ts";

/**
 * Each benchmark prints its figure beside a reference of the same run or beside its goal: absolute times mean little on
 * shared machines. Name one to run it alone: `npm run bench -- orders`.
 */
const benchmarks = {
  orders: benchOrders,
  product: benchProduct,
  console: benchConsole,
  failover: benchFailover,
  autoscale: benchAutoscale,
  cache: benchCache,
  overload: benchOverload,
  scale: benchScale,
  delivery: benchDelivery,
  detection: benchDetection,
  prometheus: benchPrometheus,
  alerts: benchAlerts,
  tickets: benchTickets,
  "tickets-storm": benchTicketsStorm,
  recommendations: benchRecommendations,
  "fault-points": benchFaultPoints,
  "shop-3g": benchShop3g,
};

const wanted = process.argv.slice(2);
for (const [name, run] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  print(`── ${name}`);
  await run();
}
