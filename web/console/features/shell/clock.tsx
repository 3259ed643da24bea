import { useEffect, useState } from "react";
import { useFormats } from "../../words.ts";
import classes from "./clock.module.css";

/** The time of day with its zone: every time on the screen is of this zone. */
export function Clock() {
  const formats = useFormats();
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setTimeout(() => setNow(new Date()), 60_000 - (Date.now() % 60_000) + 20);
    return () => clearTimeout(timer);
  });
  return (
    <time
      className={classes.clock}
      dateTime={now.toISOString()}
      title={Intl.DateTimeFormat().resolvedOptions().timeZone}
    >
      {formats.minute(now)} <span>{formats.zone(now)}</span>
    </time>
  );
}
