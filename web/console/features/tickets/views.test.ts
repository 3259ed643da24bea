import { expect, test } from "vitest";
import { queryOf, readTicketsSearch } from "./views.ts";

const incidentId = "0199aaaa-0000-7000-8000-000000000001";

test("an address that others scribbled on is read as the whole queue", () => {
  expect(readTicketsSearch({ view: "x", incidentId: 7, orderId: "no" })).toEqual({});
  expect(readTicketsSearch({ view: "mine", incidentId })).toEqual({ view: "mine", incidentId });
});

test("a search finds ended tickets too, and stays within the incident that is looked at", () => {
  expect(queryOf({ view: "mine" }, "#12")).toEqual({ q: "#12", sort: "newest" });
  expect(queryOf({ incidentId }, "0138")).toEqual({ q: "0138", sort: "newest", incidentId });
});

test("an incident's tickets are all of them, unless a view is chosen", () => {
  expect(queryOf({ incidentId }, "")).toEqual({ sort: "queue", incidentId });
  expect(queryOf({ incidentId, view: "mine" }, "")).toEqual({
    ...{ state: "active", assignee: "me", sort: "queue", incidentId },
  });
});
