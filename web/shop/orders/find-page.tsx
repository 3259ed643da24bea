import { ProblemError } from "@orderwatch/shared/client.ts";
import { type FormEvent, useState } from "react";
import type { Locale } from "../../lib/i18n/locale.ts";
import { api } from "../api.ts";
import { contactFlaws, contactOf } from "../checkout/draft.ts";
import { readDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { withDeadline } from "../ui/deadline.ts";
import { Notice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { TextField } from "../ui/text-field.tsx";
import styles from "./orders.module.css";

// Of this screen alone, so that who only buys does not load them.
const en = {
  why: "Enter the phone number or e-mail address that you ordered with. We send links there that open your orders of the last 90 days.",
  whyOne:
    "Enter the phone number or e-mail address that you ordered with. We send a link there that opens this order.",
  contact: "Phone or e-mail",
  missing: "Enter the phone number or e-mail address that you ordered with.",
  malformed: "This is neither a phone number nor an e-mail address.",
  send: "Send me the links",
  sent: (contact: string) =>
    `If orders were placed with ${contact}, the links are on their way. Nothing after some minutes? You may have ordered with another contact.`,
  other: "Try another contact",
  tooMany: "Too many tries. Come back in some minutes.",
  failed: "The shop cannot be reached. Try again.",
};
const zh: typeof en = {
  why: "请输入下单时填写的手机号或邮箱，我们会把近 90 天订单的链接发送过去，点开即可查看。",
  whyOne: "请输入下单时填写的手机号或邮箱，我们会把这笔订单的链接发送过去，点开即可查看。",
  contact: "手机号或邮箱",
  missing: "请输入下单时填写的手机号或邮箱。",
  malformed: "这不是有效的手机号或邮箱。",
  send: "发送订单链接",
  sent: (contact) =>
    `如果有用 ${contact} 下的订单，链接已在发送途中。几分钟后仍未收到？您下单时可能填写了其他联系方式。`,
  other: "换一个联系方式",
  tooMany: "尝试次数过多，请几分钟后再试。",
  failed: "暂时无法连接商店，请重试。",
};
const wordsOf = (locale: Locale) => (locale === "en" ? en : zh);

/** Has the links to one's orders sent to the contact they were placed with; `order`: to this one alone. */
export function FindPage({ order }: { order: string | undefined }) {
  const { words: common, locale } = useSpeech();
  const words = wordsOf(locale);
  const [text, setText] = useState(() => {
    const { phone, email } = readDetails(device);
    return phone || email;
  });
  const [flaw, setFlaw] = useState<string>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState<string>();

  const send = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    const contact = wanted.includes("@") ? { phone: "", email: wanted } : { phone: wanted, email: "" };
    const [found] = Object.values(contactFlaws(contact));
    setFlaw(found && words[found]);
    if (found) return;
    setError(undefined);
    setBusy(true);
    try {
      const body = { contact: contactOf(contact), language: locale, ...(order ? { orderId: order } : {}) };
      await withDeadline((signal) => api.findOrders({ body, signal })).answer;
      setSent(wanted);
    } catch (caught) {
      const code = caught instanceof ProblemError ? caught.problem.code : "";
      if (code === "request.invalid") setFlaw(words.malformed);
      else setError(code === "buyer.too_many" ? words.tooMany : words.failed);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Page title={common.orders.find} narrow>
      <section className={cards.card}>
        {sent === undefined ? (
          <form className={styles.find} onSubmit={send} noValidate>
            <p>{order ? words.whyOne : words.why}</p>
            <TextField
              label={words.contact}
              inputMode="email"
              autoComplete="email"
              autoCapitalize="off"
              spellCheck={false}
              maxLength={254}
              value={text}
              onChange={setText}
              flaw={flaw}
            />
            {error && <Notice tone="bad">{error}</Notice>}
            <Button type="submit" look="primary" wide busy={busy}>
              {words.send}
            </Button>
          </form>
        ) : (
          <>
            <Notice tone="good">{words.sent(sent)}</Notice>
            <Button wide onClick={() => setSent(undefined)}>
              {words.other}
            </Button>
          </>
        )}
      </section>
    </Page>
  );
}
