import type { EditPostmortem } from "@orderwatch/shared/ops/postmortems.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { addNote, declare, listIncidents, note, passesForReal, readIncident } from "../incidents/actions.ts";
import { decidePublicUpdate, proposeUpdate, readTemplate } from "../status/actions.ts";
import { editPostmortem, type LearningContext, readFigures, readPostmortem } from "./actions.ts";

let shop: TestShop;
let context: LearningContext & Parameters<typeof proposeUpdate>[0];
beforeAll(async () => {
  shop = await openTestShop();
  const noting = { ...shop, on: {} };
  context = {
    ...shop,
    incidents: {
      read: (id) => readIncident(shop, id),
      passesForReal,
      list: (query) => listIncidents(shop, query),
      note: (sql, id, entry) => note(noting, sql, id, entry),
    },
  };
});
afterAll(() => shop.close());

const li = { staff: { id: "li", name: "Li Na" }, requestId: "r" };
const chen = { staff: { id: "chen", name: "Chen Jie" }, requestId: "r" };
const incidents = () => ({ ...shop, on: {} });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );

it("an update to the public goes through its template, a second person, the timeline and the audit log", async () => {
  const id = await declare(incidents(), li, { level: 1, title: "Alipay is gone", channel: "alipay" });
  const template = await readTemplate(context, id, "investigating");
  expect(template.impact).toEqual({ alipay: "down" });
  const proposed = await proposeUpdate(context, li, id, { phase: "investigating", ...template });
  expect(proposed).toMatchObject({ state: "proposed", needsApproval: true, publishedAt: null });
  const wanted = { incidentId: id, id: proposed.id, state: "published" } as const;
  expect(await codeOf(decidePublicUpdate(context, li, wanted))).toBe("update.approval_needed");
  expect(await decidePublicUpdate(context, chen, wanted)).toMatchObject({
    state: "published",
    decider: chen.staff,
  });
  const types = (await readIncident(shop, id)).timeline.map(({ type }) => type);
  expect(types.filter((type) => type.startsWith("update."))).toEqual(["update.proposed", "update.published"]);
  expect(
    await shop.value(
      "select array_agg(action order by position) from audit_entries where action like 'update.%'",
    ),
  ).toEqual(["update.proposed", "update.published"]);
});

it("a postmortem is assembled from the timeline, edited by revision, and follows corrections", async () => {
  const began = new Date(shop.clock.now().getTime() - 60_000).toISOString();
  const id = await declare(incidents(), li, { level: 2, title: "Supplier is slow", startedAt: began });
  const draft = await readPostmortem(context, id, "en");
  expect(draft).toMatchObject({ state: "draft", revision: 0, times: { detectMs: 60_000 } });
  const edit: EditPostmortem = {
    ...{ summary: "A cable", factors: ["One supplier"], state: "draft", revision: 0 },
    actions: [{ what: "A second one", owner: "Li Na", dueOn: "2026-04-01", done: false }],
  };
  const edits = [li, chen].map((by) => codeOf(editPostmortem(context, by, id, edit, "en")));
  expect((await Promise.all(edits)).sort()).toEqual(["done", "postmortem.conflict"]);
  const published = await editPostmortem(context, li, id, { ...edit, state: "published", revision: 1 }, "en");
  expect(published).toMatchObject({ state: "published", revision: 2, factors: ["One supplier"] });
  expect(published.markdown).toContain("A second one");
  const earlier = new Date(Date.parse(began) - 60_000).toISOString();
  await addNote(incidents(), li, id, { text: "It began before that", times: { startedAt: earlier } });
  expect((await readPostmortem(context, id, "en")).times.detectMs).toBe(120_000);
  const figures = await readFigures(context, { from: earlier, to: new Date(8e15).toISOString() });
  expect(figures.levels.find(({ level }) => level === 2)).toMatchObject({
    ...{ incidents: 1, mttd: { meanMs: 120_000 } },
  });
});

it("an edit of a revision that never was makes nothing", async () => {
  const id = await declare(incidents(), li, { level: 3, title: "A page is broken" });
  const edit: EditPostmortem = { summary: "", factors: [], actions: [], state: "draft", revision: 3 };
  expect(await codeOf(editPostmortem(context, li, id, edit, "en"))).toBe("postmortem.conflict");
  expect((await readPostmortem(context, id, "zh-CN")).revision).toBe(0);
});
