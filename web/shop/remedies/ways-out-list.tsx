import { lazy, type ReactNode, Suspense, useState } from "react";
import type { Contact } from "../checkout/draft.ts";
import { MethodMark } from "../checkout/method-mark.tsx";
import { countdown } from "../language/countdown.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import { useNow } from "../ui/now.ts";
import styles from "./remedies.module.css";
import { type Facts, SupportFacts } from "./support-facts.tsx";
import type { WayOut } from "./ways-out.ts";

/** Few need it, and the order page is to come at once. */
const RestockForm = lazy(async () => ({ default: (await import("./restock-form.tsx")).RestockForm }));

/** Ways out that the screen itself has to walk; the others are walked inside the list. */
export type Taken = Exclude<
  WayOut,
  { does: "restock_notice" | "wait" | "support" | "correct_account" | "call_back" | "read" }
>;

export interface WaysOutProps {
  ways: WayOut[];
  onTake: (way: Taken) => void;
  busy?: boolean;
  /** What support will ask for. */
  facts: Facts;
  /** How to reach the buyer, where that is already filled in. */
  contact?: Contact;
  /** What opens in place of a button. */
  inside?: Partial<Record<"correct_account" | "call_back", ReactNode>>;
}

/** Buttons out of a failure; the first one is the one we advise. */
export function WaysOut({ ways, onTake, busy = false, ...rest }: WaysOutProps) {
  return (
    <div className={styles.ways}>
      {ways.map((way, index) => (
        <Way
          key={`${way.does}${"method" in way ? way.method : ""}`}
          way={way}
          advised={index === 0}
          busy={busy}
          onTake={onTake}
          {...rest}
        />
      ))}
    </div>
  );
}

interface WayProps extends Omit<WaysOutProps, "ways"> {
  way: WayOut;
  advised: boolean;
}

function Way({ way, advised, busy, onTake, facts, contact, inside }: WayProps) {
  const { words, money } = useSpeech();
  const [open, setOpen] = useState(false);
  const { remedy } = words;
  const look = advised ? "primary" : "secondary";
  const take = (label: string, to: Taken) => (
    <Button look={look} wide disabled={busy} onClick={() => onTake(to)}>
      {"method" in to && <MethodMark method={to.method} />}
      {label}
    </Button>
  );
  switch (way.does) {
    case "pay": {
      const name = words.method[way.method];
      return take(way.other ? remedy.payOther(name) : remedy.payAgain(name), way);
    }
    case "place_again":
      return take(remedy.placeAgain, way);
    case "lower_quantity":
      return take(remedy.lowerQuantity(way.quantity), way);
    case "confirm_price":
      return take(
        way.amountFen === undefined ? remedy.confirmPriceUnknown : remedy.confirmPrice(money(way.amountFen)),
        way,
      );
    case "browse":
      return take(remedy.browse, way);
    case "reorder":
      return take(remedy.reorder, way);
    case "check":
      return take(remedy.check, way);
    case "wait_until":
      return <WaitUntil until={way.until} look={look} onOver={() => onTake(way)} />;
    case "restock_notice":
      if (open)
        return (
          <Suspense fallback={<p role="status">{words.loading}</p>}>
            <RestockForm sku={way.sku} known={contact} />
          </Suspense>
        );
      return (
        <Button look={look} wide onClick={() => setOpen(true)}>
          {remedy.restock}
        </Button>
      );
    case "talk":
      return take(remedy.support, way);
    case "correct_account":
    case "call_back":
      if (open)
        return <Suspense fallback={<p role="status">{words.loading}</p>}>{inside?.[way.does]}</Suspense>;
      return (
        <Button look={look} wide onClick={() => setOpen(true)}>
          {way.does === "call_back" ? remedy.callBack : remedy.account}
        </Button>
      );
    case "support":
      if (open) return <SupportFacts facts={facts} />;
      return (
        <Button look={look} wide onClick={() => setOpen(true)}>
          {remedy.support}
        </Button>
      );
    case "read":
      return <p>{way.label}</p>;
    case "wait":
      // What happens next is already said above the buttons.
      return null;
  }
}

// The moment is the shop's, whose clock may be ahead or whose sweep may be behind: a little later is not in vain.
const graceMs = 2_000;

interface WaitUntilProps {
  until: string;
  look: "primary" | "secondary";
  onOver: () => void;
}

function WaitUntil({ until, look, onOver }: WaitUntilProps) {
  const { words } = useSpeech();
  const left = Date.parse(until) + graceMs - useNow(true);
  return (
    <Button look={look} wide disabled={left > 0} onClick={onOver}>
      {left > 0 ? words.remedy.waitUntil(countdown(left)) : words.remedy.placeAgain}
    </Button>
  );
}
