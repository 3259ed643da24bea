import type { Permission } from "@orderwatch/shared/ops/roles.ts";
import type { PlainKey } from "../../words.ts";

/** The screens that exist, in the order of the navigation; `keys` is the shortcut that leads there. */
export const screens = [
  { to: "/", word: "nav.live", help: "help.live", keys: "g l", permission: "live.read" },
  {
    to: "/incidents",
    word: "nav.incidents",
    help: "help.incidents",
    keys: "g i",
    permission: "incidents.read",
  },
  {
    to: "/detection",
    word: "nav.detection",
    help: "help.detection",
    keys: "g w",
    permission: "detection.read",
  },
  { to: "/on-call", word: "nav.oncall", help: "help.oncall", keys: "g c", permission: "oncall.read" },
  {
    to: "/mailbox",
    word: "nav.mailbox",
    help: "help.mailbox",
    keys: "g m",
    permission: "live.read",
  },
  { to: "/tickets", word: "nav.tickets", help: "help.tickets", keys: "g t", permission: "tickets.read" },
  {
    to: "/team",
    word: "nav.team",
    help: "help.team",
    keys: "g u",
    permission: "tickets.read",
    under: "/tickets",
  },
  { to: "/orders", word: "nav.orders", help: "help.orders", keys: "g o", permission: "orders.read" },
  {
    to: "/reconciliation",
    word: "nav.reconciliation",
    help: "help.reconciliation",
    keys: "g b",
    permission: "reconciliation.read",
    under: "/orders",
  },
  { to: "/drills", word: "nav.drills", help: "help.drills", keys: "g d", permission: "drills.read" },
  { to: "/paths", word: "nav.paths", help: "help.paths", keys: "g v", permission: "paths.read" },
  { to: "/products", word: "nav.products", help: "help.products", keys: "g p", permission: "products.read" },
] as const satisfies readonly {
  to: string;
  word: PlainKey;
  help: PlainKey;
  keys: string;
  permission: Permission;
  /** The screen that it belongs to. */
  under?: string;
}[];

export type Screen = (typeof screens)[number];
