import { DomainError } from "@orderwatch/shared/problem.ts";
import { IdempotencyKey } from "@orderwatch/shared/shop/orders.ts";
import { type HttpRequest, header } from "../../platform/http/message.ts";

/** The request's Idempotency-Key. Throws `idempotency.key_required` and `request.invalid`. */
export function idempotencyKey(request: HttpRequest): string {
  const given = header(request, "idempotency-key");
  if (given === undefined)
    throw new DomainError(
      "idempotency.key_required",
      "Send an Idempotency-Key header of 8 to 128 characters",
    );
  const parsed = IdempotencyKey.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new DomainError("request.invalid", "Idempotency-Key: 8 to 128 visible ASCII characters", {
    errors: [{ path: "Idempotency-Key", message: "8 to 128 visible ASCII characters" }],
  });
}
