import { ActionIcon } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useWords } from "../../words.ts";
import { useMe } from "../session/me.ts";
import { signOut } from "../session/sign-in.ts";
import classes from "./account.module.css";

/** Who is signed in, and the way out. */
export function Account() {
  const t = useWords();
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      // First away from the screens that need an account, then forget it: the other way round they would ask anew.
      await navigate({ to: "/sign-in" });
      queries.clear();
    },
  });
  return (
    <div className={classes.account}>
      <div className={classes.who}>
        <div className={classes.name} title={me.email}>
          {me.name}
        </div>
        <div className={classes.role}>{t(`role.${me.role}`)}</div>
      </div>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t("menu.signOut")}
        title={t("menu.signOut")}
        loading={leave.isPending}
        onClick={() => leave.mutate()}
      >
        <IconLogout size={18} stroke={1.6} />
      </ActionIcon>
    </div>
  );
}
