export const roles = ["admin", "engineer", "operations", "support", "viewer"] as const;
export type Role = (typeof roles)[number];

/** Things that may be done, `noun.verb`; the one table that server checks and screens go by. */
export const permissions = {
  "live.read": ["admin", "engineer", "operations", "support", "viewer"],
  "paths.read": ["admin", "engineer", "operations", "support", "viewer"],
  "nodes.read": ["admin", "engineer", "operations", "support", "viewer"],
  "nodes.command": ["admin", "engineer"],
  "products.read": ["admin", "engineer", "operations", "support", "viewer"],
  "products.write": ["admin", "operations"],
  "stock.read": ["admin", "engineer", "operations", "support"],
  "stock.import": ["admin", "operations"],
  "orders.read": ["admin", "engineer", "operations", "support"],
  "orders.refund": ["admin", "operations", "support"],
  "orders.redeliver": ["admin", "engineer", "operations", "support"],
  "orders.confirm_payment": ["admin", "operations"],
  "audit.read": ["admin", "engineer"],
  "reconciliation.read": ["admin", "engineer", "operations", "support", "viewer"],
  "reconciliation.act": ["admin", "operations"],
  "detection.read": ["admin", "engineer", "operations", "support", "viewer"],
  "detection.write": ["admin", "engineer"],
  "detection.silence": ["admin", "engineer", "operations"],
  "incidents.read": ["admin", "engineer", "operations", "support", "viewer"],
  "incidents.declare": ["admin", "engineer", "operations", "support"],
  "incidents.act": ["admin", "engineer", "operations"],
  "oncall.read": ["admin", "engineer", "operations", "support", "viewer"],
  "oncall.override": ["admin", "engineer", "operations"],
  "oncall.write": ["admin", "engineer"],
  "levers.read": ["admin", "engineer", "operations", "support", "viewer"],
  "levers.change": ["admin", "engineer", "operations"],
  "third_parties.read": ["admin", "engineer", "operations", "support"],
  "third_parties.write": ["admin", "operations"],
  "runbooks.read": ["admin", "engineer", "operations", "support", "viewer"],
  "runbooks.run": ["admin", "engineer", "operations", "support"],
  "notifications.read": ["admin", "engineer", "operations"],
  "status.publish": ["admin", "engineer", "operations"],
  "postmortems.write": ["admin", "engineer", "operations"],
  "tickets.read": ["admin", "engineer", "operations", "support"],
  /** The queue's work: claim, assign, resolve. */
  "tickets.act": ["admin", "operations", "support"],
  /** Write to the buyer; engineering only in what was handed to it. */
  "tickets.answer": ["admin", "engineer", "operations", "support"],
  "tickets.note": ["admin", "engineer", "operations", "support"],
  /** Accept or decline what support hands over. */
  "tickets.engineer": ["admin", "engineer"],
  "tickets.reveal": ["admin", "operations", "support"],
  "tickets.settings": ["admin", "operations"],
  "drills.read": ["admin", "engineer", "operations", "support", "viewer"],
  "drills.run": ["admin", "engineer"],
  /** Whoever works here may end a drill. */
  "drills.stop": ["admin", "engineer", "operations", "support"],
  "drills.follow_up": ["admin", "engineer", "operations"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof permissions;

export function may(role: Role, permission: Permission): boolean {
  return (permissions[permission] as readonly Role[]).includes(role);
}
