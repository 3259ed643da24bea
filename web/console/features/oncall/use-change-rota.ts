import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api.ts";
import type { Rota } from "./rota.ts";

/** Replaces what is named of a rota, as it was when the form opened; refused when somebody changed it meanwhile. */
export function useChangeRota(rota: Rota, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (changed: Partial<Pick<Rota, "name" | "layers" | "holidays">>) => {
      const { name, timeZone, layers, holidays, handoffNotices, version } = rota;
      const body = { name, timeZone, layers, holidays, handoffNotices, version, ...changed };
      return api.changeRota({ params: { id: rota.id }, body });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["oncall"] });
      onDone();
    },
  });
}
