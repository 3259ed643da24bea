import { z } from "zod";
import { text } from "../text.ts";
import { Words } from "../words.ts";
import { PaymentMethod } from "./orders.ts";

/** `unknown` is said where nothing can be looked at, never in place of bad news. */
export const Health = z.enum(["operational", "degraded", "down", "unknown"]);
export type Health = z.infer<typeof Health>;

/** The parts of the shop that buyers are told about; payment channels go by their method. */
export const componentNames = ["ordering", "wechat", "alipay", "delivery", "stock"] as const;
export const ComponentName = z.enum(componentNames);
export type ComponentName = z.infer<typeof ComponentName>;

/** How far an incident has come, as the public is told. */
export const publicPhases = ["investigating", "identified", "monitoring", "resolved"] as const;
export const PublicPhase = z.enum(publicPhases);
export type PublicPhase = z.infer<typeof PublicPhase>;

/** What an incident does to which parts of the shop; parts that are not named are not affected. */
export const PublicImpact = z.partialRecord(ComponentName, z.enum(["degraded", "down"]));
export type PublicImpact = z.infer<typeof PublicImpact>;

/** A text for the public of at most `max` characters in each language. */
export const publicWords = (max: number) => z.strictObject({ "zh-CN": text(max), en: text(max) });

export const PublicIncident = z.object({
  id: z.string(),
  title: Words,
  impact: PublicImpact,
  startedAt: z.iso.datetime(),
  /** Null while it lasts. */
  resolvedAt: z.iso.datetime().nullable(),
  /** Newest first. */
  updates: z.array(
    z.object({ id: z.string(), phase: PublicPhase, text: Words, publishedAt: z.iso.datetime() }),
  ),
});
export type PublicIncident = z.infer<typeof PublicIncident>;

export const PublicStatus = z.object({
  status: z.enum(["operational", "degraded", "down"]),
  /** When the facts were taken. */
  at: z.iso.datetime(),
  channels: z.array(z.object({ method: PaymentMethod, status: Health })),
  components: z.array(z.object({ name: ComponentName, status: Health })),
  incidents: z.object({ current: z.array(PublicIncident), past: z.array(PublicIncident) }),
});
export type PublicStatus = z.infer<typeof PublicStatus>;
