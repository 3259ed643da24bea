import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { createDrillSocket } from "../../../lib/socket.ts";
import { drillRunQuery } from "./queries.ts";

const acknowledgeTimeoutMs = 8_000;
/** Lists are asked for at most so often, whatever a run does meanwhile. */
const gatherMs = 1_000;

/** Hears of drills as they change while the component is on the screen; a reconnection asks for what it missed. */
export function useDrillFeed(enabled: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    const socket = createDrillSocket();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askAnew = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: ["drills", "list"] });
        void queries.invalidateQueries({ queryKey: ["drills", "runs"] });
      }, gatherMs);
    };
    const subscribe = async () => {
      try {
        await socket.timeout(acknowledgeTimeoutMs).emitWithAck("subscribe", { topic: "drills" });
      } catch {
        // Not acknowledged in time: the queries ask by themselves meanwhile, and the next connection subscribes anew.
      }
      void queries.invalidateQueries({ queryKey: ["drills"] });
    };
    socket.on("connect", () => void subscribe());
    socket.on("drill.changed", (run) => {
      queries.setQueryData(drillRunQuery(run.id).queryKey, run);
      askAnew();
    });
    socket.on("drills.stop", askAnew);
    socket.connect();
    return () => {
      clearTimeout(timer);
      socket.disconnect();
    };
  }, [queries, enabled]);
}
