import { ProblemError } from "@orderwatch/shared/client.ts";
import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";
import { useState } from "react";
import { useSpeech } from "../language/language.tsx";
import { Notice } from "../ui/notice.tsx";
import { BalanceButton } from "./balance-button.tsx";
import { balanceWords } from "./words.ts";

interface PayOrderProps {
  order: Pick<BuyerOrder, "id" | "amountFen">;
  token: string;
  onPaid: () => void;
}

/** Pays an order that waits for money, where its buyer's balance covers it. */
export function PayOrder({ order, token, onPaid }: PayOrderProps) {
  const { locale } = useSpeech();
  const words = balanceWords(locale);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const pay = async (payFrom: (order: { id: string; token: string }) => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await payFrom({ id: order.id, token });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
      onPaid();
    }
  };
  return (
    <>
      <BalanceButton amountFen={order.amountFen} busy={busy} onPay={pay} />
      {busy && <p role="status">{words.paying}</p>}
      {error !== undefined && (
        <Notice tone="bad">
          {(error instanceof ProblemError && words.problem[error.problem.code]) || words.failed}
        </Notice>
      )}
    </>
  );
}
