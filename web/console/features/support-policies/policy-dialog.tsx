import { Button, TextInput } from "@mantine/core";
import type { NewSupportPolicy, SupportPolicy, SupportTargets } from "@orderwatch/shared/ops/ticket-team.ts";
import type { TicketCause } from "@orderwatch/shared/ops/tickets.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { priorities, ticketCauses } from "../tickets/lists.ts";
import { supportPoliciesQuery } from "./queries.ts";
import classes from "./support-policies.module.css";
import { readMinutes, readShifts, typedMinutes, typedShifts } from "./typed.ts";
import { usePolicyWords } from "./use-policy-words.ts";

const spans = [
  ["firstResponseMin", "first_response"],
  ["nextResponseMin", "next_response"],
  ["resolutionMin", "resolution"],
] as const satisfies readonly (readonly [keyof SupportTargets, string])[];

type Flaws = ReadonlyMap<string, string>;

/** Writes a policy anew, or a new one that begins `like` another; each field says what is wrong with it. */
export function PolicyDialog({
  policy,
  like,
  taken,
  onClose,
}: {
  /** Null for a new one. */
  policy: SupportPolicy | null;
  like: SupportPolicy;
  /** Causes that others have. */
  taken: readonly TicketCause[];
  onClose: () => void;
}) {
  const t = useWords();
  const words = usePolicyWords();
  const queries = useQueryClient();
  const [flaws, setFlaws] = useState<Flaws>(new Map());
  const [days, setDays] = useState(() => like.calendar.holidays.map((holiday, key) => ({ ...holiday, key })));
  const save = useMutation({
    mutationFn: (body: NewSupportPolicy) =>
      policy === null
        ? api.createSupportPolicy({ body })
        : api.changeSupportPolicy({
            params: { id: policy.id },
            body: { ...body, revision: policy.revision },
          }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: supportPoliciesQuery.queryKey });
      onClose();
    },
  });
  const isGeneral = policy !== null && policy.causes === null;
  const submit = (form: FormData) => {
    const found = new Map<string, string>();
    const need = <T,>(name: string, value: T | null, flaw: string): T | null => {
      if (value === null) found.set(name, flaw);
      return value;
    };
    const typedName = textOf(form, "name");
    const name = need("name", typedName === "" ? null : typedName, t("ticket.ask.missing"));
    const causes = ticketCauses.filter((cause) => form.get(`cause ${cause}`) !== null);
    if (!isGeneral && causes.length === 0) found.set("causes", t("support.noCause"));
    const targets = priorities.map((priority) =>
      spans.map(([span]) => {
        const at = `${span} ${priority}`;
        return need(at, readMinutes(textOf(form, at)), t("support.spanWrong"));
      }),
    );
    const week = like.calendar.week.map((_, day) =>
      need(`day ${day}`, readShifts(textOf(form, `day ${day}`)), t("support.shiftsWrong")),
    );
    const holidays = days.map(({ key }) => {
      const day = textOf(form, `holiday ${key}`);
      const called = textOf(form, `called ${key}`);
      const shifts = need(`hours ${key}`, readShifts(textOf(form, `hours ${key}`)), t("support.shiftsWrong"));
      need(`holiday ${key}`, day === "" ? null : day, t("ticket.ask.missing"));
      return { day, ...(called === "" ? {} : { name: called }), shifts };
    });
    const handoff = need("handoff", readMinutes(textOf(form, "handoff")), t("support.spanWrong"));
    const close = Number(textOf(form, "close"));
    if (!(Number.isInteger(close) && close >= 1 && close <= 90)) found.set("close", t("support.closeWrong"));
    setFlaws(found);
    if (found.size > 0) return;
    const sound = <T,>(value: T | null): T => {
      if (value === null) throw new Error("a flaw was not found");
      return value;
    };
    const target = (at: number): SupportTargets => {
      const [first, next, resolution] = (targets[at] ?? []).map(sound);
      return {
        firstResponseMin: sound(first ?? null),
        nextResponseMin: sound(next ?? null),
        resolutionMin: sound(resolution ?? null),
      };
    };
    save.mutate({
      // What every shop begins with keeps its name in all languages.
      name: policy !== null && typedName === words.name(policy) ? policy.name : sound(name),
      causes: isGeneral ? null : causes,
      targets: [target(0), target(1), target(2), target(3)],
      calendar: {
        timeZone: textOf(form, "zone"),
        week: week.map(sound),
        holidays: holidays
          .map(({ shifts, ...rest }) => ({ ...rest, shifts: sound(shifts) }))
          .sort((a, b) => a.day.localeCompare(b.day)),
      },
      handoffTimeoutMin: sound(handoff),
      closeAfterDays: close,
    });
  };
  const refused = save.error === null ? [] : refusalOf(save.error).errors;
  const flaw = (name: string, path?: string) =>
    flaws.get(name) ?? refused.find((each) => each.path === path)?.message;
  return (
    <FormDialog
      title={policy === null ? t("support.add") : t("support.changeNamed", { name: words.name(policy) })}
      effect={t("support.effect")}
      action={t("team.save")}
      cancel={t("app.cancel")}
      isBusy={save.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="name"
        label={t("support.name")}
        defaultValue={policy === null ? "" : words.name(policy)}
        error={flaw("name", "name")}
        maxLength={100}
        autoComplete="off"
      />
      {isGeneral ? (
        <p className={classes.for}>{t("support.forOthers")}</p>
      ) : (
        <fieldset className={classes.causes}>
          <legend>{t("support.causes")}</legend>
          {ticketCauses.map((cause) => (
            <label key={cause}>
              <input
                type="checkbox"
                name={`cause ${cause}`}
                defaultChecked={policy?.causes?.includes(cause) ?? false}
                disabled={taken.includes(cause)}
              />
              {t(`ticket.cause.${cause}`)}
              {taken.includes(cause) ? ` (${t("support.taken")})` : ""}
            </label>
          ))}
          {flaws.has("causes") ? (
            <p role="alert" className={classes.wrong}>
              {flaws.get("causes")}
            </p>
          ) : null}
        </fieldset>
      )}
      <fieldset className={classes.group}>
        <legend>{t("support.targets")}</legend>
        <p className={classes.for}>{t("support.targetsHelp")}</p>
        {priorities.map((priority) => (
          <div key={priority} className={classes.target}>
            <b>{t(`ticket.priority.${priority}`)}</b>
            {spans.map(([span, clock]) => (
              <TextInput
                key={span}
                size="xs"
                name={`${span} ${priority}`}
                label={t(`ticket.clock.${clock}`)}
                defaultValue={typedMinutes(like.targets[priority - 1]?.[span] ?? 60)}
                error={flaw(`${span} ${priority}`)}
                maxLength={10}
                autoComplete="off"
              />
            ))}
          </div>
        ))}
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t("support.hours")}</legend>
        <p className={classes.for}>{t("support.hoursHelp")}</p>
        <TextInput
          size="xs"
          name="zone"
          label={t("support.zone")}
          list="support-zones"
          defaultValue={like.calendar.timeZone}
          error={flaw("zone", "calendar.timeZone")}
          maxLength={64}
          autoComplete="off"
        />
        <datalist id="support-zones">
          {Intl.supportedValuesOf("timeZone").map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <div className={classes.week}>
          {like.calendar.week.map((shifts, day) => (
            <TextInput
              key={words.day(day)}
              size="xs"
              name={`day ${day}`}
              label={words.day(day)}
              defaultValue={typedShifts(shifts)}
              error={flaw(`day ${day}`, day === 0 ? "calendar.week" : undefined)}
              maxLength={120}
              autoComplete="off"
            />
          ))}
        </div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t("support.holidays")}</legend>
        {days.map(({ key, day, name, shifts }) => (
          <div key={key} className={classes.holiday}>
            <TextInput
              size="xs"
              type="date"
              name={`holiday ${key}`}
              label={t("holidays.day")}
              defaultValue={day}
              error={flaw(`holiday ${key}`)}
            />
            <TextInput
              size="xs"
              name={`called ${key}`}
              label={t("holidays.name")}
              defaultValue={name ?? ""}
              maxLength={100}
              autoComplete="off"
            />
            <TextInput
              size="xs"
              name={`hours ${key}`}
              label={t("support.holidayHours")}
              defaultValue={typedShifts(shifts)}
              error={flaw(`hours ${key}`)}
              maxLength={120}
              autoComplete="off"
            />
            <Button
              size="xs"
              variant="default"
              aria-label={t("holidays.removeNamed", { name: name ?? day })}
              onClick={() => setDays((all) => all.filter((each) => each.key !== key))}
            >
              {t("holidays.remove")}
            </Button>
          </div>
        ))}
        {days.length < 200 ? (
          <Button
            size="xs"
            variant="default"
            onClick={() =>
              setDays((all) => [
                ...all,
                { day: "", shifts: [], key: Math.max(0, ...all.map(({ key }) => key)) + 1 },
              ])
            }
          >
            {t("holidays.add")}
          </Button>
        ) : null}
        {refused
          .filter(({ path }) => path === "calendar.holidays")
          .map(({ message }) => (
            <p key={message} role="alert" className={classes.wrong}>
              {message}
            </p>
          ))}
      </fieldset>
      <div className={classes.target}>
        <TextInput
          size="xs"
          name="handoff"
          label={t("support.handoff")}
          defaultValue={typedMinutes(like.handoffTimeoutMin)}
          error={flaw("handoff", "handoffTimeoutMin")}
          maxLength={10}
          autoComplete="off"
        />
        <TextInput
          size="xs"
          name="close"
          inputMode="numeric"
          label={t("support.close")}
          defaultValue={String(like.closeAfterDays)}
          error={flaw("close", "closeAfterDays")}
          maxLength={2}
          autoComplete="off"
        />
      </div>
      <Refused error={save.error} />
    </FormDialog>
  );
}
