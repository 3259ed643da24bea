import { callReasons } from "@orderwatch/shared/shop/call-reasons.ts";
import { useRef, useState } from "react";
import { api } from "../api.ts";
import { randomName } from "../device/random.ts";
import { useSpeech } from "../language/language.tsx";
import { withDeadline } from "../ui/deadline.ts";
import { Notice } from "../ui/notice.tsx";
import { CallForm } from "./call-form.tsx";
import { supportWords } from "./words.ts";

interface CallWithoutOrderProps {
  sku: string;
  quantity: number;
  /** Why no order was made. */
  code?: string | undefined;
  phone?: string | undefined;
}

/** A call for whoever could not order. Sent again after a lost answer, it stays one call. */
export function CallWithoutOrder({ sku, quantity, code, phone }: CallWithoutOrderProps) {
  const { locale } = useSpeech();
  const words = supportWords(locale);
  const key = useRef(randomName());
  const [asked, setAsked] = useState<string>();
  if (asked !== undefined) return <Notice tone="good">{words.asked(asked)}</Notice>;
  return (
    <CallForm
      why={words.callBusy}
      phone={phone}
      send={async (wish) => {
        // Whoever stands before the shop may have refused in words of its own; the call counts all the same.
        const reason = callReasons.find((known) => known === code);
        const body = { ...wish, sku, quantity, ...(reason ? { code: reason } : {}) };
        const headers = { "idempotency-key": key.current };
        await withDeadline((signal) => api.askForCallWithoutOrder({ body, headers, signal })).answer;
        setAsked(wish.phone);
      }}
    />
  );
}
