import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Facts } from "../features/orders/facts.tsx";
import { FailureNote } from "../features/orders/failure.tsx";
import { Payments } from "../features/orders/payments.tsx";
import { orderQuery } from "../features/orders/queries.ts";
import { Refunds } from "../features/orders/refunds.tsx";
import { Repairs } from "../features/orders/repairs.tsx";
import { isOrderId } from "../features/orders/search.ts";
import { OrderState } from "../features/orders/status.tsx";
import { Trace } from "../features/orders/trace.tsx";
import { useMay } from "../features/session/me.ts";
import { useCodeWords, useWords } from "../words.ts";
import list from "./list.module.css";
import classes from "./order.module.css";

const DeclareDialog = lazy(() =>
  import("../features/incidents/declare-dialog.tsx").then(({ DeclareDialog }) => ({
    default: DeclareDialog,
  })),
);
const OpenTicketDialog = lazy(() =>
  import("../features/tickets/open-dialog.tsx").then(({ OpenTicketDialog }) => ({
    default: OpenTicketDialog,
  })),
);
const route = getRouteApi("/shell/orders/$id");

/** One order with its whole life. */
export function Order() {
  const t = useWords();
  const { problem } = useCodeWords();
  const { id } = route.useParams();
  // An address that was cut or mistyped names no order; asking would only bring the words about a wrong form.
  const isId = isOrderId(id);
  const { data: order, error } = useQuery({ ...orderQuery(id), enabled: isId });
  const code = isId ? error && refusalOf(error).code : "order.not_found";
  return (
    <div className={list.screen}>
      <title>{`${t("order.title", { id: id.slice(0, 13) })} · Orderwatch`}</title>
      <Link to="/orders" className={list.back}>
        ‹ {t("order.back")}
      </Link>
      <div className={list.head}>
        <h1 className={list.title}>{t("order.title", { id: `${id.slice(0, 13)}…` })}</h1>
        {order === undefined ? null : <OrderState status={order.status} />}
        {order === undefined ? null : <Onward orderId={id} />}
      </div>
      {code !== null && order === undefined ? (
        <Notice
          level="bad"
          title={problem(code)}
          actions={code === "order.not_found" ? <Link to="/orders">{t("order.search")}</Link> : undefined}
        >
          {code === "order.not_found" ? t("order.notFoundText") : error && refusalOf(error).detail}
        </Notice>
      ) : order === undefined ? (
        <Empty title={t("app.loading")} />
      ) : (
        <div className={classes.columns}>
          <div className={classes.side}>
            {order.failure === undefined ? null : <FailureNote failure={order.failure} />}
            <Repairs order={order} />
            <Facts order={order} />
          </div>
          <div className={classes.main}>
            <Trace entries={order.trace} severalPayments={order.payments.length > 1} />
            <Payments payments={order.payments} />
            {order.refunds.length === 0 ? null : <Refunds refunds={order.refunds} />}
          </div>
        </div>
      )}
    </div>
  );
}

/** Who else has to do with this order: its tickets, and everybody, where it may be wrong with others too. */
function Onward({ orderId }: { orderId: string }) {
  const t = useWords();
  const may = useMay();
  const [asked, setAsked] = useState<"ticket" | "incident" | null>(null);
  const close = () => setAsked(null);
  return (
    <div className={`${list.head} ${list.apart}`}>
      {may("tickets.read") ? (
        <Link to="/tickets" search={{ orderId }}>
          {t("tickets.ofOrder")}
        </Link>
      ) : null}
      {may("tickets.act") ? (
        <Button variant="default" size="xs" onClick={() => setAsked("ticket")}>
          {t("tickets.open")}
        </Button>
      ) : null}
      {may("incidents.declare") ? (
        <Button variant="default" size="xs" onClick={() => setAsked("incident")}>
          {t("declare.open")}
        </Button>
      ) : null}
      <Suspense fallback={null}>
        {asked === "ticket" ? <OpenTicketDialog orderId={orderId} onClose={close} /> : null}
        {asked === "incident" ? <DeclareDialog orderId={orderId} onClose={close} /> : null}
      </Suspense>
    </div>
  );
}
