import type { Health } from "@orderwatch/shared/shop/status.ts";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from "@tabler/icons-react";

const icons = {
  operational: IconCircleCheck,
  degraded: IconAlertTriangle,
  down: IconCircleX,
  unknown: IconInfoCircle,
};

/** A health as a sign that does not rely on colour alone. */
export function HealthIcon({ health, size }: { health: Health; size: number }) {
  const Icon = icons[health];
  return <Icon size={size} aria-hidden="true" />;
}
