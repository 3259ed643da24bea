import { describe, expect, it } from "vitest";
import { columnsOf, type ExportedTicket, toCsv, toNdjson } from "./export-domain.ts";

const ticket: ExportedTicket = {
  ...{ number: 7, state: "open", cause: "buyer", priority: 3, team: "support", assignee: 'Li "Xiao", Ming' },
  ...{ orderId: null, sku: "=1+1", channel: null, code: "stock.sold_out", incident: null, origin: "buyer" },
  ...{
    reopened: 0,
    rating: 5,
    missed: "",
    openedAt: "2026-03-01T04:00:00.000Z",
    resolvedAt: null,
    closedAt: null,
  },
};

describe("a file of tickets", () => {
  it("quotes what would break its lines, and calculates nothing in a spreadsheet", () => {
    const [head, line] = toCsv(columnsOf(false), [ticket]).split("\r\n");
    expect(head).toMatch(/^\uFEFFnumber,state,cause/);
    expect(line).toContain('"Li ""Xiao"", Ming"');
    expect(line).toContain(",'=1+1,");
  });

  it("has columns for contact data only when they were asked for", () => {
    const withContact = { ...ticket, phone: "+8613800138000", email: null };
    expect(toCsv(columnsOf(false), [withContact])).not.toContain("13800138000");
    expect(toCsv(columnsOf(true), [withContact])).toContain("'+8613800138000");
  });

  it("is one JSON object a line as NDJSON", () => {
    const lines = toNdjson([ticket, ticket]).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([ticket, ticket]);
  });
});
