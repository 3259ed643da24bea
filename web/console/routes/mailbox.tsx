import { Button, NativeSelect } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import table from "../../ui/table.module.css";
import { api } from "../api.ts";
import { ContactPoints } from "../features/notify/contact-points.tsx";
import { Messages } from "../features/notify/messages.tsx";
import { mailboxQuery, messagesQuery, pagingHealthQuery } from "../features/notify/queries.ts";
import { states } from "../features/notify/search.ts";
import { useMay } from "../features/session/me.ts";
import { Refused } from "../features/session/refused.tsx";
import { useWords } from "../words.ts";
import list from "./list.module.css";

const route = getRouteApi("/shell/mailbox");

/** Messages that the shop sent, to whom, by what way, and whether they arrived. */
export function Mailbox() {
  const t = useWords();
  const mayReadAll = useMay()("notifications.read");
  const { of = "mine" } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <div className={list.screen}>
      <title>{`${t("mailbox.title")} · Orderwatch`}</title>
      <div className={list.head}>
        <h1 className={list.title}>{t("mailbox.title")}</h1>
        {mayReadAll ? (
          <Segmented
            label={t("mailbox.show")}
            value={of}
            choices={[
              { value: "mine", label: t("mailbox.mine") },
              { value: "all", label: t("mailbox.all") },
            ]}
            onChange={(chosen) =>
              void navigate({ search: chosen === "all" ? { of: "all" } : {}, replace: true })
            }
          />
        ) : null}
      </div>
      <p className={list.intro}>{t("mailbox.intro")}</p>
      {mayReadAll && of === "all" ? <All /> : <Mine />}
    </div>
  );
}

function Mine() {
  const t = useWords();
  const queries = useQueryClient();
  const mine = useInfiniteQuery(mailboxQuery);
  const read = useMutation({
    mutationFn: (id: string) => api.markRead({ params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["messages"] }),
  });
  const messages = mine.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <Panel title={t("mailbox.mine")} flush>
        <Refused error={mine.data === undefined ? mine.error : read.error} />
        {mine.data === undefined ? (
          <Empty title={t("app.loading")} />
        ) : messages.length === 0 ? (
          <Empty title={t("mailbox.none")}>{t("mailbox.noneText")}</Empty>
        ) : (
          <Messages messages={messages} onRead={(id) => read.mutate(id)} />
        )}
        <More of={mine} />
      </Panel>
      <ContactPoints />
    </>
  );
}

function All() {
  const t = useWords();
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const all = useInfiniteQuery(messagesQuery(state));
  const health = useQuery(pagingHealthQuery);
  const messages = all.data?.pages.flatMap(({ items }) => items) ?? [];
  const problems = health.data?.problems ?? [];
  return (
    <>
      {problems.length === 0 ? null : (
        <Notice level="bad" title={t("mailbox.stuck")}>
          {problems.map((each) => (
            <div key={each}>{each}</div>
          ))}
        </Notice>
      )}
      <Panel
        title={t("mailbox.all")}
        flush
        aside={
          <NativeSelect
            size="xs"
            aria-label={t("mailbox.state")}
            value={state ?? ""}
            data={[
              { value: "", label: t("mailbox.anyState") },
              ...states.map((each) => ({ value: each, label: t(`message.state.${each}`) })),
            ]}
            onChange={({ currentTarget: { value } }) => {
              const chosen = states.find((each) => each === value);
              void navigate({ search: { of: "all", ...(chosen ? { state: chosen } : {}) }, replace: true });
            }}
          />
        }
      >
        <Refused error={all.data === undefined ? all.error : null} />
        {all.data === undefined ? (
          <Empty title={t("app.loading")} />
        ) : messages.length === 0 ? (
          <Empty title={t("mailbox.noneSent")}>{t("mailbox.noneSentText")}</Empty>
        ) : (
          <Messages messages={messages} />
        )}
        <More of={all} />
      </Panel>
    </>
  );
}

function More({
  of,
}: {
  of: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  const t = useWords();
  if (!of.hasNextPage) return null;
  return (
    <div className={table.more}>
      <Button
        variant="default"
        size="xs"
        loading={of.isFetchingNextPage}
        onClick={() => void of.fetchNextPage()}
      >
        {t("mailbox.more")}
      </Button>
    </div>
  );
}
