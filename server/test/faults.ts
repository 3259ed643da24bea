import type pg from "pg";
import { eventually } from "./poll.ts";
import { callJson, type Product, type Staff } from "./product.ts";

/** Something that breaks in life, with the one incident that has to come of it. */
export interface Fault {
  rule: string;
  level: 1 | 2 | 3;
  /** Labels that the incident must carry. */
  labels: Readonly<Record<string, string>>;
  /** Breaks it; the moment at which it broke, in ms since 1970 UTC. */
  strike(): Promise<number>;
  heal(): Promise<void>;
}

interface Node {
  id: string;
  pid: number;
  state: string;
}

/** kill −9 of the node that takes orders, once there is one to take over; its supervisor starts it again. */
export const killedNode = (staff: Staff): Fault => ({
  ...{ rule: "node-dead", level: 2, labels: {} },
  async strike() {
    const active = await eventually(
      "one active node and one standby",
      async () => {
        const { items } = await staff.call<{ items: Node[] }>("GET", "/api/nodes");
        const found = items.find(({ state }) => state === "active");
        return items.some(({ state }) => state === "standby") ? found : undefined;
      },
      60_000,
    );
    process.kill(active.pid, "SIGKILL");
    return Date.now();
  },
  heal: async () => undefined,
});

/** A company of the sandbox answers this share of calls with a server error. */
export function failingCompany(
  { sandboxUrl }: Product,
  company: "alipay" | "wechat" | "supplier",
  errorRate: number,
): Fault {
  const put = (behaviour: object) =>
    callJson(`${sandboxUrl}/behaviour`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ provider: company, ...behaviour }),
    });
  const isSupplier = company === "supplier";
  return {
    ...{ rule: isSupplier ? "supplier-failing" : "payment-channel-failing", level: 2 },
    labels: isSupplier ? {} : { channel: company },
    async strike() {
      await put({ errorRate });
      return Date.now();
    },
    async heal() {
      await put({});
    },
  };
}

/** A code of this product is gone from the table, and the ledger knows nothing of it. */
export function lostCode(client: pg.Client, sku: string): Fault {
  let lost: Record<string, unknown> | undefined;
  const behindTheLedger = async <T>(work: () => Promise<T>): Promise<T> => {
    await client.query("set session_replication_role = replica");
    const result = await work();
    await client.query("set session_replication_role = origin");
    return result;
  };
  return {
    ...{ rule: "stock-mismatch", level: 1, labels: { sku } },
    async strike() {
      const { rows } = await behindTheLedger(() =>
        client.query<{ code: Record<string, unknown> }>(
          `delete from codes c where id = (select c.id from codes c join products p on p.id = c.product_id
             where p.sku = $1 and c.status = 'available' order by position desc limit 1)
           returning to_jsonb(c) as code`,
          [sku],
        ),
      );
      lost = rows[0]?.code;
      if (!lost) throw new Error(`no code of ${sku} is left to be lost`);
      return Date.now();
    },
    async heal() {
      await behindTheLedger(() =>
        client.query(
          `insert into codes overriding system value select * from jsonb_populate_record(null::codes, $1)`,
          [lost],
        ),
      );
    },
  };
}
