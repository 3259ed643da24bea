import type { Variant } from "./variant.ts";

const clocks = "server/src/ops/tickets/clocks-domain.ts";
const calendar = "server/src/ops/tickets/calendar.ts";
const clocksTest = "server/src/ops/tickets/clocks-domain.test.ts";

/** What breaks tickets: their deadlines, their one cause, and the wall before internal notes. */
export const tickets: readonly Variant[] = [
  {
    breaks: "O6",
    by: "time in which the buyer is waited for is held against us",
    file: clocks,
    find: 'resolution: ["new", "open", "waiting_engineering"],',
    replace: 'resolution: ["new", "open", "waiting_engineering", "waiting_buyer"],',
    test: clocksTest,
  },
  {
    breaks: "O6",
    by: "holidays are days like others",
    file: calendar,
    find: "const shifts = holiday ? holiday.shifts : ",
    replace: "const shifts = holiday && false ? [] : ",
    test: clocksTest,
  },
  {
    breaks: "O6",
    by: "a shift is as long as its clock times say, also when clocks are changed",
    file: calendar,
    find: "  return date.toPlainDateTime",
    replace:
      '  if (time !== "00:00" && !isMidnight) return momentOf(day, "00:00", timeZone) + Number(time.slice(0, 2)) * 3_600_000;\n  return date.toPlainDateTime',
    test: clocksTest,
  },
  {
    breaks: "O6",
    by: "time before a reopening is forgotten",
    file: clocks,
    find: 'if (kind === "resolution") return { stretches, metAt: endedSince(intervals) };',
    replace:
      'if (kind === "resolution") return { stretches: stretches.slice(-1), metAt: endedSince(intervals) };',
    test: clocksTest,
  },
  {
    breaks: "O6",
    by: "a merged ticket goes by its own history alone",
    file: clocks,
    find: "both.some((found) => found.state === name)",
    replace: "both[0]?.state === name",
    test: clocksTest,
  },
  {
    breaks: "D4",
    by: "each look at a failure makes a cause of its own",
    file: "server/src/ops/tickets/opener-actions.ts",
    find: "cause: due.cause, causeKey: due.causeKey, code }",
    replace: "cause: due.cause, causeKey: `$" + "{due.causeKey}:$" + "{context.newId()}`, code }",
    test: "server/src/ops/tickets/tickets.db.test.ts",
  },
  {
    breaks: "D4",
    by: "a failure whose ticket was merged is not looked at again",
    file: "server/src/ops/tickets/opener-store.ts",
    find: "join tickets n on n.id = w.merged_into",
    replace: "join tickets n on n.id = w.merged_into where false",
    test: "server/src/ops/tickets/reopening.db.test.ts",
  },
  {
    breaks: "R1",
    by: "what a file of tickets was searched by is audited as it was typed",
    file: "server/src/ops/tickets/export-actions.ts",
    find: "filter: auditable(context.keys, filter)",
    replace: "filter: JSON.stringify(filter)",
    test: "server/src/ops/tickets/work.db.test.ts",
  },
  {
    breaks: "O6",
    by: "the next response goes by the second wait, however many came after",
    file: clocks,
    find: "stretches.slice(1).at(-1)",
    replace: "stretches[1]",
    test: clocksTest,
  },
  {
    breaks: "O7",
    by: "what staff note is said to the buyer as well",
    file: "server/src/ops/tickets/staff-actions.ts",
    find: "    await writeNote(context, sql, ticket.id, by.staff, text);\n    await applyChange",
    replace:
      '    await writeNote(context, sql, ticket.id, by.staff, text);\n    if (ticket.conversationId) await say(context, sql, { conversationId: ticket.conversationId, author: "staff", kind: "message", text });\n    await applyChange',
    test: "server/src/ops/tickets/conversation.db.test.ts",
  },
  {
    breaks: "O7",
    by: "a note is also said in the thread",
    file: "server/src/ops/tickets/staff-actions.ts",
    find: '    await writeNote(context, sql, ticket.id, by.staff, text);\n    await applyChange(context, sql, ticket, {}, [{ type: "note_added"',
    replace:
      '    await writeNote(context, sql, ticket.id, by.staff, text);\n    if (ticket.conversationId) await say(context, sql, { conversationId: ticket.conversationId, author: "staff", kind: "message", text });\n    await applyChange(context, sql, ticket, {}, [{ type: "note_added"',
    test: "server/src/app/internal-notes.db.test.ts",
  },
  {
    breaks: "O7",
    by: "a ticket's changes are told to every role's sockets",
    file: "server/src/ops/tickets/sockets.ts",
    find: 'if (role === undefined || !may(role, "tickets.read")) {',
    replace: 'if (role === undefined && !may("admin", "tickets.read")) {',
    test: "server/src/app/internal-notes.db.test.ts",
  },
  {
    breaks: "O6",
    by: "merging forgets who waited in the other ticket",
    file: "server/src/ops/tickets/merge-actions.ts",
    find: "unanswered: source.unanswered || target.unanswered",
    replace: "unanswered: target.unanswered",
    test: "server/src/ops/tickets/work.db.test.ts",
  },
  {
    breaks: "O10",
    by: "a ready answer's figures count shoppers and drills",
    file: "server/src/ops/answers/store.ts",
    find: " and t.origin = 'buyer'",
    replace: "",
    test: "server/src/ops/answers/answers.db.test.ts",
  },
];
