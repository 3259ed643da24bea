import { ProblemError } from "@orderwatch/shared/client.ts";
import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { type FormEvent, lazy, Suspense, useEffect, useId, useRef, useState } from "react";
import { beacons } from "../beacons/beacons.ts";
import { StockBadge } from "../catalog/stock-level.tsx";
import { Tile } from "../catalog/tile.tsx";
import { readDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { useSpeech } from "../language/language.tsx";
import { go } from "../navigation/navigate.ts";
import { RestockForm } from "../remedies/restock-form.tsx";
import type { Taken } from "../remedies/ways-out-list.tsx";
import { Button } from "../ui/button.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { TextField } from "../ui/text-field.tsx";
import { pausesMs } from "./attempt.ts";
import styles from "./checkout.module.css";
import { ContactFields } from "./contact-fields.tsx";
import { type Draft, flawsIn, flawsOf, startDraft } from "./draft.ts";
import { MethodChoice } from "./method-choice.tsx";
import { mostOf, totalFen } from "./quantity.ts";
import { QuantityStepper } from "./quantity-stepper.tsx";
import { Refusal } from "./refusal.tsx";
import { type PayFrom, usePlacing } from "./use-placing.ts";

const BalanceButton = lazy(async () => ({
  default: (await import("../balance/balance-button.tsx")).BalanceButton,
}));

interface CheckoutSheetProps {
  product: Product;
  quantity?: number | undefined;
  /** One tap: everything is known, so the order is placed as the sheet opens. */
  placeAtOnce: boolean;
  onClose: () => void;
  /** Price or stock turned out to be other than shown. */
  onStale: () => void;
}

export function CheckoutSheet({ product, quantity, placeAtOnce, onClose, onStale }: CheckoutSheetProps) {
  const { words, money } = useSpeech();
  const [draft, setDraft] = useState(() => startDraft(product, readDetails(device), quantity));
  const [checked, setChecked] = useState(false);
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const { state, place, edit } = usePlacing(product);
  const flaws =
    state.is === "failed" &&
    state.error instanceof ProblemError &&
    state.error.problem.code === "request.invalid"
      ? flawsIn(state.error.problem)
      : checked
        ? flawsOf(draft, product)
        : {};
  const busy = state.is === "placing" || state.is === "leaving";

  const submit = (wanted: Draft, agreedFen?: number, payFrom?: PayFrom) => {
    beacons.checkout(product.sku);
    setDraft(wanted);
    setChecked(true);
    if (Object.keys(flawsOf(wanted, product)).length === 0) return void place(wanted, agreedFen, payFrom);
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  const change = (part: Partial<Draft>) => {
    beacons.checkout(product.sku);
    setDraft({ ...draft, ...part });
    if (state.is === "failed") edit();
  };

  const started = useRef(false);
  useEffect(() => {
    if (started.current) return;
    started.current = true;
    beacons.product(product.sku);
    if (placeAtOnce) submit(draft);
  });
  useEffect(() => {
    if (state.is === "failed") onStale();
  }, [state, onStale]);

  const take = (way: Taken) => {
    switch (way.does) {
      case "pay":
        return submit({ ...draft, method: way.method });
      case "lower_quantity":
        return submit({ ...draft, quantity: way.quantity });
      case "confirm_price":
        // Without an amount there is nothing to agree to yet: the fresh price is shown first.
        return way.amountFen === undefined ? edit() : submit(draft, way.amountFen);
      case "browse":
        return go({ screen: "products", kind: product.kind }, "replace");
      default:
        return submit(draft);
    }
  };

  const heading = (
    <span className={styles.heading}>
      <Tile sku={product.sku} name={product.name} />
      <span>
        {product.name}
        <span className={styles.unit}>
          {money(product.priceFen)} · {words.products.kind[product.kind]} <StockBadge level={product.stock} />
        </span>
      </span>
    </span>
  );

  if (product.stock === "out" && state.is === "filling")
    return (
      <Sheet title={heading} onClose={onClose}>
        <div className={styles.body}>
          <h3 className={styles.legend}>{words.restock.title}</h3>
          <RestockForm sku={product.sku} />
          <Button wide onClick={() => go({ screen: "products", kind: product.kind }, "replace")}>
            {words.remedy.browse}
          </Button>
        </div>
      </Sheet>
    );

  const account = flaws.account && words.checkout[flaws.account].account;
  const footer = (
    <>
      <p className={styles.progress} role="status">
        {state.is === "placing" &&
          (state.repeat === 0
            ? words.checkout.placing
            : words.checkout.repeating(state.repeat, pausesMs.length))}
        {state.is === "leaving" && words.checkout.leaving}
      </p>
      <Button type="submit" form={formId} look="primary" wide busy={busy}>
        {words.checkout.pay(money(totalFen(product, draft.quantity)))}
      </Button>
      <Suspense fallback={null}>
        <BalanceButton
          amountFen={totalFen(product, draft.quantity)}
          busy={busy}
          onPay={(payFrom) => submit(draft, undefined, payFrom)}
        />
      </Suspense>
    </>
  );
  return (
    <Sheet title={heading} onClose={onClose} footer={footer}>
      {state.is === "failed" && (
        <div className={styles.body}>
          <Refusal
            error={state.error}
            at={state.at}
            draft={draft}
            sku={product.sku}
            limit={mostOf(product)}
            onTake={take}
          />
        </div>
      )}
      <form
        id={formId}
        ref={form}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          submit(draft);
        }}
      >
        <div className={styles.body} inert={busy}>
          <QuantityStepper
            product={product}
            quantity={draft.quantity}
            onChange={(wanted) => change({ quantity: wanted })}
          />
          {product.kind === "recharge" && (
            <TextField
              label={words.checkout.field.account}
              hint={words.checkout.accountWhy}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              maxLength={64}
              value={draft.account}
              onChange={(wanted) => change({ account: wanted })}
              flaw={account}
            />
          )}
          <ContactFields contact={draft} flaws={flaws} hint={words.checkout.reachWhy} onChange={change} />
          <MethodChoice method={draft.method} onChange={(method) => change({ method })} />
          <p className={styles.hint}>{device.durable ? words.checkout.remembered : words.checkout.notKept}</p>
        </div>
      </form>
    </Sheet>
  );
}
