import type { onCallRoutes as contract } from "@orderwatch/shared/ops/oncall-routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import type { HttpRequest } from "../../platform/http/message.ts";
import {
  type ByStaff,
  changeRota,
  createRota,
  deleteRota,
  listOnDuty,
  listPeople,
  listRotas,
  type OnCallContext,
  readRota,
  readSchedule,
} from "./actions.ts";
import { readReadiness, readTestPage, sendTestPage } from "./duty-actions.ts";
import { readEscalation } from "./escalation-actions.ts";
import { createOverride, deleteOverride, listOverrides, swapShifts } from "./override-actions.ts";
import { changePolicy, createPolicy, deletePolicy, listPolicies } from "./policy-actions.ts";

type Input<K extends keyof typeof contract> = Parsed<(typeof contract)[K]> & { staff: ByStaff["staff"] };

const by = ({ staff, request }: { staff: ByStaff["staff"]; request: HttpRequest }): ByStaff => ({
  staff,
  requestId: request.id,
});
const period = ({ from, until }: { from: string; until: string }) => ({
  from: new Date(from),
  until: new Date(until),
});

/** Handlers of on call's routes, by their names in the contract. */
export function onCallRoutes(context: OnCallContext) {
  return {
    listOnCallPeople: () => listPeople(context),
    listOnDuty: () => listOnDuty(context),
    readReadiness: () => readReadiness(context),
    sendTestPage: (input: Input<"sendTestPage">) => sendTestPage(context, by(input), input.body.userId),
    readTestPage: ({ params }: Input<"readTestPage">) => readTestPage(context, params.id),
    listRotas: () => listRotas(context),
    createRota: (input: Input<"createRota">) => createRota(context, by(input), input.body),
    readRota: ({ params }: Input<"readRota">) => readRota(context, params.id),
    changeRota: (input: Input<"changeRota">) => changeRota(context, by(input), input.params.id, input.body),
    deleteRota: (input: Input<"deleteRota">) => deleteRota(context, by(input), input.params.id),
    readSchedule: ({ params, query }: Input<"readSchedule">) =>
      readSchedule(context, params.id, period(query)),
    listOverrides: ({ params }: Input<"listOverrides">) => listOverrides(context, params.id),
    createOverride: (input: Input<"createOverride">) => {
      const { userId, reason = null } = input.body;
      return createOverride(context, by(input), input.params.id, { ...period(input.body), userId, reason });
    },
    swapShifts: (input: Input<"swapShifts">) => {
      const { give, take, reason = null } = input.body;
      const wanted = { give: period(give), take: period(take), reason };
      return swapShifts(context, by(input), input.params.id, wanted);
    },
    deleteOverride: (input: Input<"deleteOverride">) => deleteOverride(context, by(input), input.params.id),
    listPolicies: () => listPolicies(context),
    createPolicy: (input: Input<"createPolicy">) => createPolicy(context, by(input), input.body),
    changePolicy: (input: Input<"changePolicy">) =>
      changePolicy(context, by(input), input.params.id, input.body),
    deletePolicy: (input: Input<"deletePolicy">) => deletePolicy(context, by(input), input.params.id),
    readEscalation: ({ params }: Input<"readEscalation">) => readEscalation(context, params.id),
  };
}
