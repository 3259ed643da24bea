import { Button } from "@mantine/core";
import type { StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useFormats, useWords } from "../../words.ts";
import { creditQuery } from "./queries.ts";

const CreditDialog = lazy(() =>
  import("./credit-dialog.tsx").then(({ CreditDialog }) => ({ default: CreditDialog })),
);

/** Goodwill onto the buyer's balance, as one of an order's repairs: what was given, and how much may be given yet. */
export function Credit({ order, onDone }: { order: StaffOrder; onDone: (told: string) => void }) {
  const t = useWords();
  const formats = useFormats();
  const [isAsked, setAsked] = useState(false);
  const { data: credit } = useQuery(creditQuery(order.id));
  if (credit === undefined) return null;
  const { why, leftFen, given } = credit;
  return (
    <li>
      <Button
        variant="default"
        fullWidth
        aria-describedby="repair-credit"
        disabled={why !== null}
        onClick={() => {
          onDone("");
          setAsked(true);
        }}
      >
        {t("repair.credit")}
      </Button>
      <p id="repair-credit">
        {why === null
          ? t("repair.credit.text", { left: formats.money(leftFen) })
          : t(`repair.credit.why.${why}`)}
      </p>
      {given.map(({ at, amountFen, by, reason }) => (
        <p key={`${at} ${amountFen}`}>
          <time dateTime={at}>{formats.moment(at)}</time>{" "}
          {t("repair.credit.given", { amount: formats.money(amountFen), by, reason })}
        </p>
      ))}
      <Suspense fallback={null}>
        {isAsked ? (
          <CreditDialog
            orderId={order.id}
            leftFen={leftFen}
            onDone={(told) => {
              onDone(told);
              setAsked(false);
            }}
            onCancel={() => setAsked(false)}
          />
        ) : null}
      </Suspense>
    </li>
  );
}
