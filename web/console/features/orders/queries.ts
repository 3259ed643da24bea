import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { type OrderFilters, searchBody } from "./search.ts";

const pageSize = 50;

/** Orders, newest first, page by page. Relative times are read when the search begins, so that pages fit together. */
export const ordersQuery = (text: string, filters: OrderFilters) =>
  infiniteQueryOptions({
    queryKey: ["orders", text, filters],
    queryFn: ({ pageParam, signal }) =>
      api.searchOrders({
        body: {
          ...searchBody(text, filters, new Date()),
          limit: pageSize,
          ...(pageParam === null ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

/** One order; asked for again while it is on its way, since its next step is what the reader waits for. */
export const orderQuery = (id: string) =>
  queryOptions({
    queryKey: ["order", id],
    queryFn: ({ signal }) => api.readOrder({ params: { id }, signal }),
    refetchInterval: ({ state }) =>
      state.data !== undefined &&
      (["awaiting_payment", "paid", "delivering", "refunding"].includes(state.data.status) ||
        state.data.refunds.some(({ status }) => status === "requested" || status === "processing"))
        ? 2_000
        : false,
  });

/** The goodwill that an order's buyer was given. */
export const creditQuery = (id: string) =>
  queryOptions({
    queryKey: ["order", id, "credit"],
    queryFn: ({ signal }) => api.readOrderCredit({ params: { id }, signal }),
  });
