import { Button } from "@mantine/core";
import { setLocale } from "../../../lib/i18n/locale.ts";
import { useLocale } from "../../../lib/i18n/use-locale.ts";
import { useWords } from "../../words.ts";

/** The other language by its own name, switched in place. */
export function LanguageSwitch() {
  const t = useWords();
  const other = useLocale() === "en" ? "zh-CN" : "en";
  return (
    <Button variant="default" size="compact-sm" lang={other} onClick={() => setLocale(other)}>
      {t("menu.language")}
    </Button>
  );
}
