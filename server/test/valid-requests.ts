import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";

/** An id that nothing has. */
export const missing = "0199aaaa-0000-7000-8000-000000000001";

const target = { firstResponseMin: 1, nextResponseMin: 1, resolutionMin: 1 };
const walkedPolicy = {
  ...{ name: "walked", causes: ["staff"], targets: [target, target, target, target] },
  calendar: { timeZone: "UTC", week: Array(7).fill([{ from: "00:00", to: "24:00" }]), holidays: [] },
  ...{ handoffTimeoutMin: 15, closeAfterDays: 7 },
};

/** A request that every check but the route's own passes. */
export const validRequests: { [K in keyof OpsRoutes]?: object } = {
  createSilence: {
    matchers: { rule: "attack" },
    endsAt: new Date(Date.now() + 60_000).toISOString(),
    reason: "walked",
  },
  createProduct: { sku: "walked", name: "walked", kind: "code", priceFen: 100 },
  changeProduct: { priceFen: 200 },
  importCodes: { codes: ["WALKED-1"] },
  searchOrders: {},
  creditOrder: { reason: "walked", amountFen: 1, creditId: missing },
  startRun: { provider: "wechat", day: "2020-01-01" },
  declareIncident: { level: 3, title: "walked" },
  transitionIncident: { to: "acknowledged" },
  changeIncidentLevel: { level: 2, note: "walked" },
  assignIncidentRole: { role: "commander", staffId: null },
  addIncidentNote: { text: "walked" },
  mergeIncident: { into: missing },
  actOnAffectedOrders: { action: "waive", orderIds: [missing], reason: "walked" },
  proposeUpdate: {
    ...{ phase: "investigating", impact: { alipay: "down" } },
    ...{ title: { en: "walked", "zh-CN": "walked" }, text: { en: "walked", "zh-CN": "walked" } },
  },
  editPostmortem: { summary: "walked", factors: [], actions: [], state: "draft", revision: 0 },
  resolveDifference: { action: "accept", reason: "walked" },
  sendTestPage: { userId: "nobody" },
  createRota: { name: "walked", timeZone: "UTC", layers: [] },
  changeRota: { name: "walked", timeZone: "UTC", layers: [], version: 1 },
  createOverride: { userId: "nobody", from: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" },
  createPolicy: { name: "walked", steps: [], repeats: 0, autoUnackSeconds: null },
  changePolicy: { name: "walked", steps: [], repeats: 0, autoUnackSeconds: null, version: 1 },
  searchTickets: {},
  openTicket: { subject: "walked" },
  replyTicket: { text: "walked" },
  previewAnswer: { answer: "delivery-delayed" },
  sendAnswer: { answer: "delivery-delayed" },
  handoffTicket: { note: "walked" },
  answerHandoff: { accept: true },
  revealContact: { reason: "walked" },
  planCall: { phone: "13800138000" },
  recordCall: { outcome: "reached" },
  cancelCall: { reason: "walked" },
  mergeTicket: { into: missing },
  splitTicket: { subject: "walked" },
  linkTicketIncident: { incidentId: missing },
  tellTicketProgress: { text: "walked" },
  exportTickets: { format: "csv" },
  changeAgent: { capacity: 3 },
  changeDrill: { scheduled: true },
  startDrill: { mode: "rehearsal" },
  replayIncident: { incidentId: missing },
  stopDrills: { reason: "walked" },
  abortDrillRun: { reason: "walked" },
  addDrillAction: { text: "walked" },
  changeDrillAction: { done: true },
  createSupportPolicy: walkedPolicy,
  changeSupportPolicy: { ...walkedPolicy, revision: 1 },
};
