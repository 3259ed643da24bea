import { setTimeout as delay } from "node:timers/promises";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { type Fault, failingCompany, killedNode, lostCode } from "../test/faults.ts";
import { pageTo, readSms } from "../test/on-duty.ts";
import { median, print } from "./figures.ts";
import { redeliver } from "./redelivery.ts";
import { openScreen, type Screen } from "./screen.ts";
import { onStage, type Stage } from "./stage.ts";

/** Each fault strikes so often; those with two strengths, half as often in each. */
const strikesEach = 6;
const healthyMs = 20_000;
/** Pages to one person within ten seconds are one message, so faults are kept further apart than that. */
const apartMs = 11_000;
const seenWithinMs = 30_000;
const resolvedWithinMs = 150_000;

interface Struck {
  openedMs: number;
  pagedMs: number;
  shownMs: number;
  drawnMs: number | null;
  resolvedMs: number;
}

interface Measured {
  title: string;
  goalMs: number;
  fault: Fault;
  struck: Struck[];
}

interface Scene extends Stage {
  screen: Screen | null;
}

/**
 * What breaks under 20 orders a second, each with the time until its incident is there, the person whom the rota names is
 * paged, staff see it, and, once it is mended, it is resolved.
 */
export async function benchDetection(): Promise<void> {
  await onStage(async (stage, closing) => {
    const { product, watch, buyers, sql } = stage;
    const screen = await openScreen(product);
    closing(async () => screen?.close());
    await delay(healthyMs);
    const early = [...new Set(watch.seen.map(({ incident }) => incident.title.en))];
    print(
      `before the first fault      ${early.length} incidents in ${healthyMs / 1_000} s   (goal 0) ${early.join(", ")}`,
    );
    await strikeAll({ ...stage, screen });
    await buyers.stop();
    print(await buyers.rates(sql));
  });
}

/** Faults of one track come one after another, since a company cannot fail twice at once; tracks go on side by side. */
function tracksOf({ product, admin, sql, code }: Scene): Measured[][] {
  const measured = (title: string, goalMs: number, fault: Fault): Measured => ({
    ...{ title, goalMs, fault, struck: [] },
  });
  return [
    [measured("kill −9 of the active node", 1_000, killedNode(admin))],
    [
      measured("Alipay fails wholly", 4_000, failingCompany(product, "alipay", 1)),
      measured("Alipay fails by half", 8_000, failingCompany(product, "alipay", 0.5)),
    ],
    [
      measured("the supplier fails wholly", 4_000, failingCompany(product, "supplier", 1)),
      measured("the supplier fails by half", 8_000, failingCompany(product, "supplier", 0.5)),
    ],
    [measured("a code is lost", 12_000, lostCode(sql, code))],
  ];
}

async function strikeAll(scene: Scene): Promise<void> {
  const tracks = tracksOf(scene);
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.then(
      () => delay(apartMs),
      () => undefined,
    );
    return mine;
  };
  await Promise.all(
    tracks.map(async (track) => {
      for (let strike = 0; strike < strikesEach; strike++) {
        const measured = track[strike % track.length];
        if (measured) await strikeOnce(scene, measured, inTurn);
      }
    }),
  );
  for (const measured of tracks.flat()) report(measured);
  const ids = new Set(scene.watch.seen.map(({ incident }) => incident.id)).size;
  const struck = tracks.flat().reduce((sum, { struck }) => sum + struck.length, 0);
  print(`${struck} faults                   ${ids} incidents   (goal ${struck})`);
  const { rows } = await scene.sql.query<{ rule: string; level: number; n: number }>(
    "select rule, level, count(*)::int as n from incidents group by 1, 2 order by 1, 2",
  );
  print(
    `incidents by rule           ${rows.map(({ rule, level, n }) => `${n} × ${rule} L${level}`).join(", ")}`,
  );
}

async function strikeOnce(
  scene: Scene,
  { fault, struck, title }: Measured,
  inTurn: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const { watch, screen, product, onDuty } = scene;
  const { id, healedAt, times } = await inTurn(async () => {
    const known = new Set(watch.seen.map(({ incident }) => incident.id));
    const isIt = (incident: Incident) =>
      !known.has(incident.id) &&
      incident.rule === fault.rule &&
      incident.level === fault.level &&
      Object.entries(fault.labels).every(([name, value]) => incident.labels[name] === value);
    const struckAt = await fault.strike();
    const { at, incident } = await watch.first(`an incident: ${title}`, isIt, seenWithinMs);
    const drawnAt = (await screen?.seen(incident.id)) ?? null;
    const pagedAt = await pageTo(onDuty, scene.sql, incident.id);
    if ((await readSms(product, onDuty.phone)).length === 0) throw new Error("the telephone never rang");
    await fault.heal();
    const times = {
      openedMs: Date.parse(incident.openedAt) - struckAt,
      pagedMs: pagedAt - struckAt,
      shownMs: at - struckAt,
      drawnMs: drawnAt === null ? null : drawnAt - struckAt,
    };
    return { id: incident.id, healedAt: Date.now(), times };
  });
  const redelivering = redeliver(scene.admin, id);
  const { at } = await watch.first(
    `${title}: its incident is resolved`,
    (incident) => incident.id === id && incident.state === "resolved",
    resolvedWithinMs,
  );
  await redelivering.stop();
  struck.push({ ...times, resolvedMs: at - healedAt });
}

const range = (ms: readonly number[]) =>
  `${Math.min(...ms).toFixed(0)}/${median(ms).toFixed(0)}/${Math.max(...ms).toFixed(0)}`;

function report({ title, goalMs, struck }: Measured): void {
  const of = (pick: (each: Struck) => number) => range(struck.map(pick));
  const drawn = struck.flatMap(({ drawnMs }) => (drawnMs === null ? [] : [drawnMs]));
  const late = struck.map((each) => (each.drawnMs ?? each.shownMs) - each.openedMs);
  print(`${title.padEnd(27)} ${struck.length} times, min/median/max in ms`);
  print(`  incident open             ${of(({ openedMs }) => openedMs)}   (goal ${goalMs})`);
  print(`  page with the company     ${of(({ pagedMs }) => pagedMs)}`);
  print(`  on the socket             ${of(({ shownMs }) => shownMs)}`);
  if (drawn.length > 0) print(`  drawn by the browser      ${range(drawn)}`);
  print(`  after its opening         ${range(late)} until it is seen   (goal 1000)`);
  print(`  resolved after mending    ${of(({ resolvedMs }) => resolvedMs)}`);
}
