import { Dialog } from "../../../ui/dialog.tsx";
import { type PlainKey, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import classes from "./help.module.css";
import { screens } from "./screens.ts";
import { setSingleKeys, useSingleKeys } from "./shortcuts.ts";

const listKeys = [
  ["j", "help.next"],
  ["k", "help.previous"],
  ["Enter", "help.open"],
  ["a", "help.acknowledge"],
  ["c", "help.claim"],
  ["r", "help.reply"],
  ["/", "help.find"],
  ["?", "help.help"],
] as const satisfies readonly (readonly [string, PlainKey])[];

/** All shortcuts, and the switch that turns the single keys off. */
export function Help({ onClose }: { onClose: () => void }) {
  const t = useWords();
  const may = useMay();
  const singleKeys = useSingleKeys();
  const palette = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K";
  const rows: readonly (readonly [string, string])[] = [
    [palette, t("help.palette")],
    ...screens
      .filter((screen) => may(screen.permission))
      .map((screen) => [screen.keys, t(screen.help)] as const),
    ...listKeys.map(([keys, word]) => [keys, t(word)] as const),
  ];
  return (
    <Dialog title={t("help.title")} close={t("app.close")} onClose={onClose}>
      <dl className={classes.list}>
        {rows.map(([keys, text]) => (
          <div key={keys} className={classes.row}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label className={classes.setting}>
        <input
          type="checkbox"
          checked={singleKeys}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        <span>
          {t("help.single")}
          <small>{t("help.singleText")}</small>
        </span>
      </label>
    </Dialog>
  );
}
