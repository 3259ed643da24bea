import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

export const productsQuery = queryOptions({
  queryKey: ["products"],
  queryFn: ({ signal }) => api.listProducts({ signal }),
  staleTime: 10_000,
});

export const stockQuery = (sku: string) =>
  queryOptions({
    queryKey: ["stock", sku],
    queryFn: ({ signal }) => api.readStock({ params: { sku }, signal }),
    refetchInterval: 5_000,
  });
