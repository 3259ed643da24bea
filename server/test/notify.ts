import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import { inject } from "vitest";
import { createNotify } from "../src/ops/notify/actions.ts";
import { createChannels } from "../src/ops/notify/channels/factory.ts";
import { createDelivery, type Delivery } from "../src/ops/notify/delivery-actions.ts";
import { createIds } from "../src/platform/ids.ts";
import { sandboxSms } from "../src/platform/sandbox-keys.ts";
import { deriveVapid } from "../src/platform/vapid.ts";
import { recipientOf } from "../src/shop/orders/contact-actions.ts";
import { createTestContext } from "./context.ts";
import { addPerson } from "./people.ts";
import { openTestSandbox } from "./sandbox.ts";

export interface SmsSeen {
  outId: string;
  phone: string;
  content: string;
}

/** Messages on their way to the companies that the sandbox plays, at the test's own clock. */
export async function openTestNotify() {
  const base = await createTestContext();
  let nowMs = Date.now();
  const clock = { now: () => new Date(nowMs) };
  const newId = createIds(clock);
  const sandbox = await openTestSandbox({ ...base, clock, newId, shopUrl: "http://shop.test" });
  const vapid = deriveVapid(base.keys, "mailto:staff@example.com");
  const channels = createChannels({
    ...{
      smtp: undefined,
      sms: sandboxSms(inject("sandboxKeys"), sandbox.url),
      vapid,
      production: false,
      clock,
    },
  });
  const context = {
    ...{ ...base, clock, newId, channels, url: "https://console.test" },
    buyer: (orderId: string) => recipientOf(base, orderId),
  };
  const workers: Delivery[] = [createDelivery(context), createDelivery(context)];
  const notify = createNotify({ ...context, fire: () => undefined });

  return {
    ...{ context, sandbox, notify, workers, vapid },
    now: () => new Date(nowMs),
    advance(ms: number) {
      nowMs += ms;
    },
    person: (...addresses: ContactAddress[]): Promise<string> => addPerson(context, addresses),
    page(
      to: string,
      key: string,
      more: { urgent?: boolean; kind?: "page" | "notice" } = {},
    ): Promise<string> {
      return base.db.transaction((sql) =>
        notify.page(sql, {
          ...{ to, kind: more.kind ?? "page", key, link: "/incidents/1", urgent: more.urgent ?? true },
          title: { "zh-CN": `支付失败 ${key}`, en: `Payments fail ${key}` },
          text: { "zh-CN": "请处理", en: "Please look" },
        }),
      );
    },
    /** Both workers at once, until neither finds anything or has anything under way. */
    async work(): Promise<void> {
      await Promise.all(
        workers.map(async (worker) => {
          while ((await worker.pass()).more);
          await worker.settled();
        }),
      );
    },
    async sms(): Promise<SmsSeen[]> {
      const answer = await fetch(`${sandbox.url}/sms/messages`);
      const { items }: { items: SmsSeen[] } = JSON.parse(await answer.text());
      return items;
    },
    async close() {
      await sandbox.close();
      await base.close();
    },
  };
}

export type TestNotify = Awaited<ReturnType<typeof openTestNotify>>;
