import { Button } from "@mantine/core";
import type { StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { lazy, Suspense, useState } from "react";
import { Panel } from "../../../ui/panel.tsx";
import { type PlainKey, useFormats, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { Credit } from "./credit.tsx";
import type { Repair } from "./repair.ts";
import classes from "./repairs.module.css";

const RepairDialog = lazy(() =>
  import("./repair-dialog.tsx").then(({ RepairDialog }) => ({ default: RepairDialog })),
);

/** What staff may do to an order, each with what will follow, or why it cannot be done now. */
export function Repairs({ order }: { order: StaffOrder }) {
  const t = useWords();
  const formats = useFormats();
  const may = useMay();
  const [asked, setAsked] = useState<Repair | null>(null);
  const [done, setDone] = useState<string>("");
  const { repairs } = order;
  const why = (key: PlainKey | null, isAllowed: boolean) => (isAllowed ? key : "repair.role");
  const rows: readonly { repair: Repair; text: string; why: PlainKey | null }[] = [
    {
      repair: "refund",
      text:
        order.paymentMethod === "balance"
          ? t("repair.refund.balance", { left: formats.money(repairs.leftFen) })
          : t("repair.refund.text", {
              left: formats.money(repairs.leftFen),
              method: t(`method.${order.paymentMethod}`),
            }),
      why: why(
        repairs.refund === null || repairs.refund === "delivering"
          ? null
          : `repair.refund.why.${repairs.refund}`,
        may("orders.refund"),
      ),
    },
    {
      repair: "redeliver",
      text: t("repair.redeliver.text"),
      why: why(
        repairs.redeliver === null ? null : `repair.redeliver.why.${repairs.redeliver}`,
        may("orders.redeliver"),
      ),
    },
    {
      repair: "confirm",
      text: t("repair.confirm.text"),
      why: why(
        repairs.confirmPayment === null ? null : `repair.confirm.why.${repairs.confirmPayment}`,
        may("orders.confirm_payment"),
      ),
    },
  ];
  return (
    <Panel title={t("repair.title")}>
      <p className={classes.note}>{t("repair.note")}</p>
      <ul className={classes.repairs}>
        {rows.map((row) => (
          <li key={row.repair}>
            <Button
              variant="default"
              fullWidth
              aria-describedby={`repair-${row.repair}`}
              disabled={row.why !== null}
              onClick={() => {
                setDone("");
                setAsked(row.repair);
              }}
            >
              {t(`repair.${row.repair}`)}
            </Button>
            <p id={`repair-${row.repair}`}>{row.why === null ? row.text : t(row.why)}</p>
          </li>
        ))}
        {may("orders.refund") ? <Credit order={order} onDone={setDone} /> : null}
      </ul>
      <p role="status" className={classes.done}>
        {done}
      </p>
      <Suspense fallback={null}>
        {asked === null ? null : (
          <RepairDialog
            repair={asked}
            order={order}
            onDone={(told) => {
              setDone(told);
              setAsked(null);
            }}
            onCancel={() => setAsked(null)}
          />
        )}
      </Suspense>
    </Panel>
  );
}
