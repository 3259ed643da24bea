import type { NotificationState } from "@orderwatch/shared/ops/notify.ts";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

const pageSize = 30;
/** A message on its way moves within seconds. */
const followMs = 3_000;

interface Page {
  nextCursor: string | null;
}
const paging = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: Page) => page.nextCursor,
  refetchInterval: followMs,
};
const pageOf = (cursor: string | null) => ({ limit: pageSize, ...(cursor === null ? {} : { cursor }) });

export const mailboxQuery = infiniteQueryOptions({
  queryKey: ["messages", "mine"],
  queryFn: ({ pageParam, signal }) => api.readMailbox({ query: pageOf(pageParam), signal }),
  ...paging,
});

export const messagesQuery = (state: NotificationState | undefined) =>
  infiniteQueryOptions({
    queryKey: ["messages", "all", state],
    queryFn: ({ pageParam, signal }) =>
      api.listNotifications({ query: { ...pageOf(pageParam), ...(state ? { state } : {}) }, signal }),
    ...paging,
  });

export const pagingHealthQuery = queryOptions({
  queryKey: ["messages", "health"],
  queryFn: ({ signal }) => api.readPagingHealth({ signal }),
  refetchInterval: 10_000,
});

export const contactPointsQuery = queryOptions({
  queryKey: ["contact-points"],
  queryFn: ({ signal }) => api.listContactPoints({ signal }),
});
