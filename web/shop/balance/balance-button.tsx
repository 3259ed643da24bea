import { useEffect, useState } from "react";
import { readBuyer } from "../account/session.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import { payFromBalance } from "./pay.ts";
import { balanceWords } from "./words.ts";

interface BalanceButtonProps {
  amountFen: number;
  busy: boolean;
  /** Gets what pays an order once there is one. */
  onPay: (pay: typeof payFromBalance) => void;
}

/** Offers the balance of a signed-in buyer where it covers an order; nothing else is shown. */
export function BalanceButton({ amountFen, busy, onPay }: BalanceButtonProps) {
  const { locale, money } = useSpeech();
  const [haveFen, setHaveFen] = useState(0);
  useEffect(() => {
    let left = false;
    readBuyer().then(
      (buyer) => !left && setHaveFen(buyer?.balance.balanceFen ?? 0),
      // Without an answer there are the other ways to pay.
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, []);
  if (haveFen < amountFen) return null;
  return (
    <Button wide disabled={busy} onClick={() => onPay(payFromBalance)}>
      {balanceWords(locale).pay(money(haveFen))}
    </Button>
  );
}
