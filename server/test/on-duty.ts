import { randomInt } from "node:crypto";
import type pg from "pg";
import { eventually } from "./poll.ts";
import { callJson, type Product, type Staff } from "./product.ts";
import { createStaff } from "./staff-account.ts";

/** Whoever the rota names, reached by a telephone of the sandbox's SMS company. */
export interface OnDuty {
  id: string;
  name: string;
  phone: string;
  staff: Staff;
}

interface Sms {
  phone: string;
  content: string;
}

/** What the sandbox's SMS company brought to a telephone, newest first. */
export async function readSms({ sandboxUrl }: Product, phone: string): Promise<string[]> {
  const { items } = await callJson<{ items: Sms[] }>(`${sandboxUrl}/sms/messages`);
  return items.flatMap((sms) => (sms.phone.endsWith(phone) ? [sms.content] : []));
}

/** Makes an engineer with a proven telephone and puts them on duty, above the first admin whom the layers name. */
export async function putOnDuty(
  product: Product,
  given: { databaseUrl: string; secretKey: string },
): Promise<OnDuty> {
  const person = { email: "lin@example.com", name: "Lin", role: "engineer" } as const;
  const staff = await createStaff(product, given, person);
  const phone = `139${String(randomInt(1_000_000, 9_999_999))}1`;
  const point = await staff.call<{ id: string }>("POST", "/api/contact-points", {
    ...{ address: { channel: "sms", phone }, language: "en" },
  });
  const code = await eventually("the code is on the telephone", async () => {
    const [newest] = await readSms(product, phone);
    return newest === undefined ? undefined : /\d{6}/.exec(newest)?.[0];
  });
  await staff.call("POST", `/api/contact-points/${point.id}/verify`, { code });

  const { id } = await staff.call<{ id: string }>("GET", "/api/me");
  const admin = await product.signIn();
  const rotas = await admin.call<{ items: { id: string }[] }>("GET", "/api/rotas");
  const now = Date.now();
  const from = new Date(now - 1_000).toISOString();
  const until = new Date(now + 86_400_000).toISOString();
  for (const rota of rotas.items)
    await admin.call("POST", `/api/rotas/${rota.id}/overrides`, { userId: id, from, until });
  return { id, name: person.name, phone, staff };
}

/** When the SMS company took the page that calls them to an incident, in ms since 1970 UTC. */
export async function pageTo(
  { id }: OnDuty,
  sql: Pick<pg.Client, "query">,
  incidentId: string,
  withinMs = 30_000,
): Promise<number> {
  const at = await eventually(
    "the page is with the SMS company",
    async () => {
      const { rows } = await sql.query<{ at: Date }>(
        `select a.accepted_at as at from notifications n join notification_attempts a on a.notification_id = n.id
         where n.incident_id = $1 and n.staff_id = $2 and n.kind = 'page' and a.channel = 'sms' and a.accepted_at is not null`,
        [incidentId, id],
      );
      return rows[0]?.at;
    },
    withinMs,
  );
  return at.getTime();
}
