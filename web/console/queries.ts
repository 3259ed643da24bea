import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { refusalOf } from "../lib/api.ts";

/** Calls `onSessionLost` when any call was refused because nobody is signed in any more. */
export function createQueryClient(onSessionLost: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (refusalOf(error).code === "session.required") onSessionLost();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // What the server refused stays refused; only a lost network is worth another try.
        retry: (failures, error) => refusalOf(error).code === "network" && failures < 2,
      },
    },
  });
}
