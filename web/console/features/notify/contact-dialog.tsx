import { NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { getLocale } from "../../../lib/i18n/locale.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { addressOf, fieldsOf, type TypedChannel, typedChannels } from "./address.ts";

/** Adds a way to reach the person signed in. */
export function ContactDialog({ onClose }: { onClose: () => void }) {
  const t = useWords();
  const queries = useQueryClient();
  const [channel, setChannel] = useState<TypedChannel>("email");
  const [isWrong, setWrong] = useState(false);
  const add = useMutation({
    mutationFn: (body: Parameters<typeof api.addContactPoint>[0]["body"]) => api.addContactPoint({ body }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const address = addressOf(channel, (name) => textOf(form, name));
    setWrong(address === null);
    if (address !== null) add.mutate({ address, language: getLocale() });
  };
  return (
    <FormDialog
      title={t("contact.add")}
      effect={t("contact.addEffect")}
      action={t("contact.addAction")}
      cancel={t("app.cancel")}
      isBusy={add.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <NativeSelect
        label={t("contact.channel")}
        value={channel}
        data={typedChannels.map((each) => ({ value: each, label: t(`channel.${each}`) }))}
        onChange={({ currentTarget: { value } }) =>
          setChannel(typedChannels.find((each) => each === value) ?? "email")
        }
        data-autofocus
      />
      {fieldsOf[channel].map((name) => (
        <TextInput
          key={name}
          name={name}
          label={t(`contact.field.${name}`)}
          error={isWrong ? t("contact.missing") : undefined}
          autoComplete="off"
          maxLength={1_000}
          required
          withAsterisk={false}
        />
      ))}
      <Refused error={add.error} />
    </FormDialog>
  );
}
