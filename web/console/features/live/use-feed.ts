import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { meQuery } from "../session/me.ts";
import { LiveFeed } from "./feed.ts";
import type { Freshness } from "./freshness.ts";

const feed = new LiveFeed();

/** Streams while the component is on the screen; the version grows with every frame. */
export function useFeed(): { feed: LiveFeed; version: number } {
  const queries = useQueryClient();
  useEffect(() => {
    // Asking who I am tells a lost session (the way to the sign-in) from a server that is away.
    feed.onRefused = () => void queries.invalidateQueries(meQuery);
    return feed.start();
  }, [queries]);
  const version = useSyncExternalStore(feed.listen, () => feed.version);
  return { feed, version };
}

export const useFreshness = (): Freshness => useSyncExternalStore(feed.listen, () => feed.freshness);
