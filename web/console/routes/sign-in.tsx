import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, useRef } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Notice } from "../../ui/notice.tsx";
import { safeReturn, signIn } from "../features/session/sign-in.ts";
import { Brand } from "../features/shell/brand.tsx";
import { LanguageSwitch } from "../features/shell/language-switch.tsx";
import { useCodeWords, useWords } from "../words.ts";
import classes from "./sign-in.module.css";

const route = getRouteApi("/sign-in");

export function SignIn() {
  const t = useWords();
  const { problem } = useCodeWords();
  const search = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const password = useRef<HTMLInputElement>(null);
  const attempt = useMutation({
    mutationFn: (given: { email: string; password: string }) => signIn(given.email, given.password),
    onSuccess: () => {
      queries.clear();
      router.history.push(safeReturn(search.back));
    },
    onError: () => password.current?.focus(),
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    attempt.mutate({ email: String(form.get("email")), password: String(form.get("password")) });
  };

  return (
    <main className={classes.page}>
      <title>{`${t("signIn.title")} · Orderwatch`}</title>
      <form className={classes.card} onSubmit={submit}>
        <div className={classes.brand}>
          <Brand />
          <LanguageSwitch />
        </div>
        <h1 className={classes.title}>{t("signIn.title")}</h1>
        {search.ended && !attempt.isError ? <Notice level="info" title={t("signIn.ended")} /> : null}
        {attempt.isError ? <Notice level="bad" title={problem(refusalOf(attempt.error).code)} /> : null}
        <TextInput
          name="email"
          type="email"
          autoComplete="username"
          label={t("signIn.email")}
          required
          withAsterisk={false}
          autoFocus
        />
        <PasswordInput
          ref={password}
          name="password"
          autoComplete="current-password"
          label={t("signIn.password")}
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
        />
        <Button type="submit" fullWidth loading={attempt.isPending}>
          {t("signIn.submit")}
        </Button>
        <p className={classes.help}>{t("signIn.help")}</p>
      </form>
    </main>
  );
}
