import {
  IconActivity,
  IconAlertTriangle,
  IconFlame,
  IconMailbox,
  IconPackage,
  IconPhoneCall,
  IconRadar,
  IconReceipt,
  IconRoute,
  IconScale,
  IconTicket,
  IconUsersGroup,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { WaitingBadge } from "../tickets/waiting-badge.tsx";
import classes from "./navigation.module.css";
import { type Screen, screens } from "./screens.ts";

const icons: Record<Screen["to"], typeof IconActivity> = {
  "/": IconActivity,
  "/incidents": IconAlertTriangle,
  "/detection": IconRadar,
  "/on-call": IconPhoneCall,
  "/mailbox": IconMailbox,
  "/tickets": IconTicket,
  "/team": IconUsersGroup,
  "/orders": IconReceipt,
  "/reconciliation": IconScale,
  "/drills": IconFlame,
  "/paths": IconRoute,
  "/products": IconPackage,
};

/** The screens that this person may open. */
export function Navigation({ onChosen }: { onChosen: () => void }) {
  const t = useWords();
  const may = useMay();
  return (
    <nav aria-label={t("nav.label")} className={classes.nav}>
      {screens
        .filter((screen) => may(screen.permission))
        .map((screen) => {
          const Icon = icons[screen.to];
          return (
            <Link
              key={screen.to}
              to={screen.to}
              aria-keyshortcuts={screen.keys}
              className={classes.link}
              data-under={"under" in screen || undefined}
              activeOptions={{ exact: screen.to === "/", includeSearch: false }}
              onClick={onChosen}
            >
              <Icon size={18} stroke={1.6} aria-hidden="true" />
              {t(screen.word)}
              {screen.to === "/tickets" ? <WaitingBadge /> : null}
              <span className={classes.keys} aria-hidden="true">
                {screen.keys}
              </span>
            </Link>
          );
        })}
    </nav>
  );
}
