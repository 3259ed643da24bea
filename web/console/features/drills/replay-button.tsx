import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";

/** Makes a drill of what an incident that is over did to the shop, and leads to where it is listed. Nothing is begun. */
export function ReplayButton({ incidentId }: { incidentId: string }) {
  const t = useWords();
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: () => api.replayIncident({ body: { incidentId } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["drills", "list"] }),
  });
  return (
    <>
      {replay.isSuccess ? (
        <span role="status">
          <Link to="/drills">{t("drills.replayed")}</Link>
        </span>
      ) : (
        <Button size="xs" variant="default" loading={replay.isPending} onClick={() => replay.mutate()}>
          {t("drills.replay")}
        </Button>
      )}
      <Refused error={replay.error} />
    </>
  );
}
