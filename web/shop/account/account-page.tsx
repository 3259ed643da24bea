import type { Buyer } from "@orderwatch/shared/shop/buyers.ts";
import { IconCrown } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { api, bearer } from "../api.ts";
import { forgetDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { forgetOrders } from "../device/orders.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { Notice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import styles from "./account.module.css";
import { asBuyer, forgetSession, keptSession, readBuyer } from "./session.ts";
import { SignIn, whyNot } from "./sign-in.tsx";
import { accountWords } from "./words.ts";

const BalanceCard = lazy(async () => ({
  default: (await import("../balance/balance-card.tsx")).BalanceCard,
}));

/** What the next tier begins with, in fen. */
const steps = [
  { tier: "silver", fromFen: 50_000 },
  { tier: "gold", fromFen: 200_000 },
] as const;

/** The buyer's own page: signing in, who they are to the shop, and their data. */
export function AccountPage() {
  const { words: common, locale } = useSpeech();
  const words = accountWords(locale);
  const [buyer, setBuyer] = useState<Buyer>();
  const [signedIn, setSignedIn] = useState(() => keptSession() !== undefined);
  const [error, setError] = useState<unknown>();
  const [removed, setRemoved] = useState(false);

  useEffect(() => {
    if (!signedIn) return;
    let left = false;
    readBuyer().then(
      (read) => !left && setBuyer(read),
      (caught: unknown) => {
        if (left) return;
        setError(caught);
        setSignedIn(keptSession() !== undefined);
      },
    );
    return () => {
      left = true;
    };
  }, [signedIn]);

  const end = (gone: boolean) => {
    forgetSession();
    setBuyer(undefined);
    setSignedIn(false);
    setError(undefined);
    setRemoved(gone);
  };

  return (
    <Page title={words.title} narrow>
      {removed && <Notice tone="good">{words.removed}</Notice>}
      {error !== undefined && <Notice tone="warn">{whyNot(words, error)}</Notice>}
      {!signedIn && (
        <SignIn
          onDone={() => {
            setError(undefined);
            setRemoved(false);
            setSignedIn(true);
          }}
        />
      )}
      {signedIn && !buyer && error === undefined && <p role="status">{common.loading}</p>}
      {signedIn && buyer && <SignedIn buyer={buyer} onEnd={end} onError={setError} />}
    </Page>
  );
}

interface SignedInProps {
  buyer: Buyer;
  onEnd: (removed: boolean) => void;
  onError: (error: unknown) => void;
}

function SignedIn({ buyer, onEnd, onError }: SignedInProps) {
  const { words: common, locale, money, moment } = useSpeech();
  const words = accountWords(locale);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const next = steps.find(({ fromFen }) => buyer.spentFen < fromFen);
  const { details } = buyer;

  const during = async (work: (headers: Record<string, string>) => Promise<void>) => {
    setBusy(true);
    try {
      await work(bearer(keptSession() ?? ""));
    } catch (caught) {
      onError(caught);
    } finally {
      setBusy(false);
    }
  };
  const download = () =>
    during(async (headers) => {
      const data = await asBuyer((signal) => api.exportBuyer({ headers, signal }));
      const url = URL.createObjectURL(
        new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }),
      );
      const link = document.createElement("a");
      link.href = url;
      link.download = "my-data.json";
      link.click();
      URL.revokeObjectURL(url);
    });
  const signOut = () =>
    during(async (headers) => {
      await asBuyer((signal) => api.signOutBuyer({ headers, signal }));
      onEnd(false);
    });
  const remove = () =>
    during(async (headers) => {
      const query = { forfeitFen: buyer.balance.balanceFen };
      await asBuyer((signal) => api.deleteBuyer({ headers, query, signal }));
      forgetDetails(device);
      forgetOrders(device);
      onEnd(true);
    });

  return (
    <>
      <section className={cards.card}>
        <div className={styles.head}>
          <span className={`${styles.badge} ${buyer.tier === "gold" ? styles.gold : ""}`}>
            <IconCrown size={28} aria-hidden="true" />
          </span>
          <div>
            <h2>{words.tier[buyer.tier]}</h2>
            <p className={cards.muted}>{buyer.phone}</p>
          </div>
        </div>
        <p>{words.spent(money(buyer.spentFen))}</p>
        {next && (
          <>
            <div className={styles.bar} aria-hidden="true">
              <span style={{ width: `${(100 * buyer.spentFen) / next.fromFen}%` }} />
            </div>
            <p className={cards.muted}>
              {words.nextTier(money(next.fromFen - buyer.spentFen), words.tier[next.tier])}
            </p>
          </>
        )}
        <dl className={cards.facts}>
          <div>
            <dt>{words.since}</dt>
            <dd>{moment(buyer.since)}</dd>
          </div>
          <div>
            <dt>{words.details}</dt>
            <dd>
              {(details && [details.phone, details.email].filter(Boolean).join(" · ")) || words.noDetails}
            </dd>
          </div>
          {details?.method && (
            <div>
              <dt>{words.method}</dt>
              <dd>{common.method[details.method]}</dd>
            </div>
          )}
        </dl>
      </section>
      <Suspense fallback={null}>
        <BalanceCard balance={buyer.balance} />
      </Suspense>
      <section className={cards.card}>
        <h2>{words.data}</h2>
        <p className={cards.muted}>{asking ? words.removeSure : words.dataWhy}</p>
        {asking && buyer.balance.balanceFen > 0 && (
          <Notice tone="warn">{words.removeBalance(money(buyer.balance.balanceFen))}</Notice>
        )}
        <div className={cards.actions}>
          {asking ? (
            <>
              <Button look="primary" wide onClick={() => setAsking(false)}>
                {words.removeNo}
              </Button>
              <Button wide busy={busy} onClick={remove}>
                {words.removeYes}
              </Button>
            </>
          ) : (
            <>
              <Button wide busy={busy} onClick={download}>
                {words.export}
              </Button>
              <Button look="quiet" wide onClick={() => setAsking(true)}>
                {words.remove}
              </Button>
            </>
          )}
        </div>
      </section>
      <section className={cards.card}>
        <p className={cards.muted}>{words.signOutWhy}</p>
        <Button wide busy={busy} onClick={signOut}>
          {words.signOut}
        </Button>
      </section>
    </>
  );
}
