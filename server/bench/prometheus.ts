import { setTimeout as delay } from "node:timers/promises";
import { type Fault, failingCompany } from "../test/faults.ts";
import { pageTo } from "../test/on-duty.ts";
import { optionalBinary } from "../test/optional.ts";
import { eventually } from "../test/poll.ts";
import type { Product } from "../test/product.ts";
import { median, print } from "./figures.ts";
import { startOtherNode } from "./other-node.ts";
import { openPagers, type Pagers } from "./pagers.ts";
import { onStage, ordersPerSecond, type Stage } from "./stage.ts";

/** Of ours and of the tuned pair; the stock ones are there in the first, three of them, each at its own point of its interval. */
const rounds = 3;
const stockPairs = 3;
const stockApartMs = 5_000;
/** Pages to one person within ten seconds are one message. */
const apartMs = 11_000;
const stockGoal = 30;

type AlertName = "PaymentsFailing" | "TargetDown";

interface Compared {
  title: string;
  alert: AlertName;
  fault: Fault;
  ours: number[];
  tuned: number[];
  stock: number[];
}

interface Scene extends Stage {
  pagers: Pagers;
}

/**
 * The same fault, the same product and the same orders: how long until the page has left us, and until Alertmanager's
 * webhook is called, with Debian's settings and with the shortest that there are.
 */
export async function benchPrometheus(): Promise<void> {
  const prometheus = optionalBinary("prometheus");
  const alertmanager = optionalBinary("prometheus-alertmanager");
  if (prometheus === undefined || alertmanager === undefined) {
    print("skipped: prometheus and prometheus-alertmanager are not both installed");
    return;
  }
  await onStage(async (stage, closing) => {
    const { product, env, buyers, sql } = stage;
    const other = await startOtherNode({ ...env, ...placesOf(product) });
    closing(() => other.stop());
    const targets = [new URL(product.shopUrl).host, `127.0.0.1:${other.port}`];
    const pagers = await openPagers({ prometheus, alertmanager, targets });
    closing(() => pagers.close());
    await startStock(pagers);
    await pagers.start("tuned", "tuned");
    await delay(20_000);
    const compared = (title: string, alert: AlertName, fault: Fault): Compared => ({
      ...{ title, alert, fault, ours: [], tuned: [], stock: [] },
    });
    const all = [
      compared("a target that is dead", "TargetDown", other.fault),
      // Alipay's page is reached by a signed link, so only WeChat Pay's prepayments fail where the shop can count it.
      compared("half of WeChat Pay fails", "PaymentsFailing", failingCompany(product, "wechat", 0.5)),
    ];
    for (let round = 0; round < rounds; round++) await playRound({ ...stage, pagers }, all, round === 0);
    await buyers.stop();
    print(await buyers.rates(sql));
    for (const each of all) report(each);
    const { rows } = await sql.query<{ n: number }>("select count(*)::int as n from incidents");
    const faults = rounds * all.length;
    print(`${faults} faults                    ${rows[0]?.n} incidents of ours   (goal ${faults})`);
  });
}

const placesOf = ({ shopUrl, sandboxUrl }: Product) => ({
  SHOP_URL: shopUrl,
  SANDBOX_PORT: new URL(sandboxUrl).port,
});

async function startStock(pagers: Pagers): Promise<void> {
  for (let pair = 0; pair < stockPairs; pair++) {
    if (pair > 0) await delay(stockApartMs);
    await pagers.start(`stock-${pair}`, "stock");
  }
}

/** Both faults, one after the other; they last until everybody who is waited for has paged. */
async function playRound(scene: Scene, compared: readonly Compared[], withStock: boolean): Promise<void> {
  const { watch, pagers } = scene;
  const ended: Promise<unknown>[] = [];
  const paged: Promise<unknown>[] = [];
  for (const { fault, alert, ours, tuned, stock, title } of compared) {
    const known = new Set(watch.seen.map(({ incident }) => incident.id));
    const struckAt = await fault.strike();
    const { incident } = await watch.first(
      `an incident: ${title}`,
      ({ id, rule }) => !known.has(id) && rule === fault.rule,
      30_000,
    );
    ours.push((await pageTo(scene.onDuty, scene.sql, incident.id)) - struckAt);
    tuned.push((await pagers.paged("tuned", alert, struckAt, 60_000)) - struckAt);
    if (withStock)
      for (let pair = 0; pair < stockPairs; pair++)
        paged.push(
          pagers.paged(`stock-${pair}`, alert, struckAt, 240_000).then((at) => stock.push(at - struckAt)),
        );
    const { id } = incident;
    ended.push(
      eventually(
        `${title}: both are over`,
        () =>
          watch.seen.some((each) => each.incident.id === id && each.incident.state === "resolved") &&
          pagers.isOver("tuned", alert),
        400_000,
      ),
    );
    await delay(apartMs);
  }
  await Promise.all(paged);
  if (withStock) for (let pair = 0; pair < stockPairs; pair++) await pagers.stop(`stock-${pair}`);
  for (const { fault } of compared) await fault.heal();
  await Promise.all(ended);
}

const range = (ms: readonly number[]) =>
  `${Math.min(...ms).toFixed(0)}/${median(ms).toFixed(0)}/${Math.max(...ms).toFixed(0)}`;

function report({ title, ours, tuned, stock }: Compared): void {
  const times = (theirs: readonly number[]) => (median(theirs) / median(ours)).toFixed(1);
  print(`${title}, from fault to page at ${ordersPerSecond} orders/s, min/median/max in ms`);
  print(`  ours                      ${range(ours)} of ${ours.length}`);
  print(
    `  Prometheus, stock         ${range(stock)} of ${stock.length}: ${times(stock)} × ours   (goal ${stockGoal})`,
  );
  print(`  Prometheus, tuned         ${range(tuned)} of ${tuned.length}: ${times(tuned)} × ours   (goal 1)`);
}
