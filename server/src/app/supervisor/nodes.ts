import { type ShopPart, shopParts } from "@orderwatch/shared/live/telemetry.ts";
import type { Settings } from "../../platform/env.ts";
import type { ChildRole } from "../../platform/supervision-messages.ts";

/** The parts that have processes of their own: payments with a port of theirs, and whatever PARTS leaves out. */
function apart({ parts, payments }: Settings): ("payments" | "fulfilment")[] {
  const isApart = { payments: payments.port !== undefined, fulfilment: false };
  return (["payments", "fulfilment"] as const).filter((part) => isApart[part] || !parts.includes(part));
}

/** Every process of this machine, those shop nodes included that scaling may start later. */
export function listNodes(settings: Settings): { name: string; role: ChildRole }[] {
  const shops = Array.from({ length: settings.shop.nodesMax }, (_, index) => `shop-${index + 1}`);
  return [
    { name: "console-1", role: "console" },
    ...shops.map((name) => ({ name, role: "shop" as const })),
    ...apart(settings).map((part) => ({ name: `${part}-1`, role: part })),
    ...(settings.sandbox.on ? [{ name: "sandbox-1", role: "sandbox" as const }] : []),
  ];
}

/** What tells a child its role: a part is a shop process that does nothing else. */
export function partsOf(settings: Settings, role: ChildRole): { ROLE: string; PARTS: string } {
  const isPart = (name: string): name is ShopPart => shopParts.some((part) => part === name);
  return isPart(role) ? { ROLE: "shop", PARTS: role } : { ROLE: role, PARTS: settings.parts.join() };
}
