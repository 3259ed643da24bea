import { createNotify, type Notify } from "../ops/notify/actions.ts";
import { createPagingAuditor } from "../ops/notify/audit-actions.ts";
import { createChannels } from "../ops/notify/channels/factory.ts";
import { createDelivery } from "../ops/notify/delivery-actions.ts";
import { createDirectPager, type DirectPager } from "../ops/notify/direct-actions.ts";
import type { NotifyRoutesContext } from "../ops/notify/routes.ts";
import type { Settings } from "../platform/env.ts";
import { startLoop } from "../platform/loop.ts";
import { openTriggers } from "../platform/queue.ts";
import { loadSandboxKeys, sandboxSms } from "../platform/sandbox-keys.ts";
import { deriveVapid, type Vapid } from "../platform/vapid.ts";
import { recipientOf } from "../shop/orders/contact-actions.ts";
import type { StockContext } from "../shop/stock/actions.ts";

/** A message leaves when its transaction has committed, which may be after the trigger that announces it. */
const secondLookMs = 60;
const sweepEveryMs = 500;
const auditEveryMs = 5_000;

/** Names what stands still, for the auditor; added by whoever has such things. */
export type PagingCheck = (now: Date) => Promise<readonly string[]>;

export interface Paging {
  notify: Notify;
  /** For pages that cannot wait until there is a database. */
  direct: DirectPager;
  /** For the console's routes. */
  routes: NotifyRoutesContext;
  /** Adds to what the auditor looks at. */
  check(check: PagingCheck): void;
  close(): Promise<void>;
}

/** Everything that brings messages to people: the outbox, its workers, the channels of this installation, their auditor. */
export async function openPaging(
  settings: Settings,
  context: StockContext,
  databaseUrl: string,
): Promise<Paging> {
  const { clock, newId, keys, db, log } = context;
  const { production } = settings;
  const vapid: Vapid = settings.notify.vapid
    ? { ...settings.notify.vapid, subject: settings.notify.vapidSubject }
    : deriveVapid(keys, settings.notify.vapidSubject);
  const sms =
    settings.notify.sms ??
    (settings.sandbox.on
      ? sandboxSms(await loadSandboxKeys(settings.dataDir), settings.sandbox.url)
      : undefined);
  const channels = createChannels({ smtp: settings.notify.smtp, sms, vapid, production, clock });
  const delivery = createDelivery({
    ...{ db, clock, newId, keys, log, channels, url: settings.console.url },
    buyer: (orderId) => recipientOf({ db, keys }, orderId),
  });
  const loop = startLoop({ name: "notify", everyMs: sweepEveryMs, log, work: () => delivery.pass() });
  const triggers = await openTriggers({
    ...{ databaseUrl, redisUrl: settings.redisUrl, log, apart: true },
    handlers: { "notify.deliver": () => loop.poke() },
  });
  const fire = () => {
    triggers.fire("notify.deliver");
    triggers.fire("notify.deliver", secondLookMs);
  };
  const notify = createNotify({ clock, newId, keys, channels, fire });
  const direct = createDirectPager({ clock, newId, channels, log, url: settings.console.url });
  const checks: PagingCheck[] = [];
  const auditor = createPagingAuditor({
    ...{ db, clock, log, deadmanUrl: settings.notify.deadmanUrl },
    checks: [async (now) => (await Promise.all(checks.map((check) => check(now)))).flat()],
  });
  const audits = startLoop({
    ...{ name: "paging-auditor", everyMs: auditEveryMs, log },
    work: () => auditor.pass().then(() => ({ more: false })),
  });
  return {
    ...{ notify, direct },
    routes: { ...{ db, clock, newId, keys, channels, notify, production, vapid, auditor } },
    check: (check) => {
      checks.push(check);
    },
    async close() {
      await audits.stop();
      await triggers.close();
      await loop.stop();
      await delivery.settled();
    },
  };
}
