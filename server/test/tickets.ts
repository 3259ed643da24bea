import { randomUUID } from "node:crypto";
import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { readTicket, type TicketContext } from "../src/ops/tickets/actions.ts";
import { openTestShop, orderBody, type TestShop } from "./order-backend.ts";

/** Tickets on a database of their own, beside the order backend that they are about. */
export interface TestTickets {
  shop: TestShop;
  context: TicketContext;
  /** What the hooks heard. */
  heard: string[];
  /** Somebody of the staff; with settings, somebody who is given tickets by them. */
  hire(
    name: string,
    more?: { role?: Role; capacity?: number; skills?: string[]; autoAssign?: boolean },
  ): Promise<Member>;
  /** An order that was paid for and could not be delivered, as fulfilment leaves it. */
  failed(more?: {
    phone?: string;
    origin?: "buyer" | "simulated" | "drill";
    language?: Language;
  }): Promise<PlacedOrder>;
  /** The delivery of an order fails (again), at the test's time. */
  fail(orderId: string, code?: string): Promise<void>;
  ids(): Promise<string[]>;
  read(id: string): Promise<Ticket>;
  close(): Promise<void>;
}

export interface Member {
  staff: { id: string; name: string };
  role: Role;
  requestId: string;
}

export async function openTestTickets(): Promise<TestTickets> {
  const shop = await openTestShop();
  await shop.addProduct({ sku: "TOPUP", kind: "recharge" });
  const heard: string[] = [];
  const context: TicketContext = {
    ...shop,
    on: {
      opened: async (_, { number }) => void heard.push(`opened ${number}`),
      replied: async (_, { number }) => void heard.push(`replied ${number}`),
      reopened: async (_, { number }) => void heard.push(`reopened ${number}`),
    },
  };
  const fail = async (orderId: string, code = "delivery.supplier_failed") => {
    await shop.db.sql.query(
      `with lost as (
         update orders set status = 'delivery_failed', failure_code = $2, next_attempt_at = null where id = $1
         returning id, origin, payment_method)
       insert into order_events (id, order_id, type, status, code, method, origin, at)
         select uuidv7(), id, 'failed', 'delivery_failed', $2, payment_method, origin, $3 from lost`,
      [orderId, code, shop.clock.now()],
    );
  };
  return {
    ...{ shop, context, heard, fail },
    async hire(name, { role = "support", capacity, skills = [], autoAssign = false } = {}) {
      const id = randomUUID();
      await shop.db.sql.query(
        "insert into staff (id, name, email, role, created_at, updated_at) values ($1, $2, $3, $4, now(), now())",
        [id, name, `${id}@example.com`, role],
      );
      if (capacity !== undefined)
        await shop.db.sql.query(
          `insert into ticket_agents (user_id, capacity, skills, auto_assign, changed_at)
            values ($1, $2, $3, $4, now())`,
          [id, capacity, skills, autoAssign],
        );
      return { staff: { id, name }, role, requestId: "request-1" };
    },
    async failed({ phone = "13800138000", origin = "buyer", language } = {}) {
      const order = await shop.place({
        origin,
        address: `198.51.100.${Math.floor(Math.random() * 250)}`,
        body: orderBody("TOPUP", 1, {
          ...{ rechargeAccount: `account-${randomUUID()}`, contact: { phone } },
          language,
        }),
      });
      await fail(order.id);
      return order;
    },
    async ids() {
      const { rows } = await shop.db.sql.query<{ id: string }>("select id from tickets order by number");
      return rows.map(({ id }) => id);
    },
    read: (id) => readTicket(context, id),
    close: () => shop.close(),
  };
}
