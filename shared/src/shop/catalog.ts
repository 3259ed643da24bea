import { z } from "zod";
import { PriceFen } from "../money.ts";
import { text } from "../text.ts";

export const Sku = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, dots, hyphens or underscores");

/** `code`: a card code from stock; `recharge`: a supplier tops up the buyer's account. */
export const ProductKind = z.enum(["code", "recharge"]);
export type ProductKind = z.infer<typeof ProductKind>;

/** What buyers see of stock; exact counts are staff's. */
export const StockLevel = z.enum(["in", "low", "out"]);
export type StockLevel = z.infer<typeof StockLevel>;

/** The most that one buyer may buy of a product within so many days, whatever is paid or still waits to be. */
export const BuyerLimit = z.strictObject({ units: z.int().min(1).max(1000), days: z.int().min(1).max(365) });
export type BuyerLimit = z.infer<typeof BuyerLimit>;

export const Product = z.object({
  sku: Sku,
  name: z.string(),
  priceFen: PriceFen,
  kind: ProductKind,
  stock: StockLevel,
  limit: z.int().optional(),
  limitPerBuyer: BuyerLimit.optional(),
});
export type Product = z.infer<typeof Product>;

export const NewProduct = z.strictObject({
  sku: Sku,
  name: text(120),
  kind: ProductKind,
  priceFen: PriceFen,
  /** Most units that one order may buy. */
  limit: z.int().min(1).max(100).optional(),
  limitPerBuyer: BuyerLimit.optional(),
});
export type NewProduct = z.infer<typeof NewProduct>;

export const ProductChange = z
  .strictObject({
    name: text(120).optional(),
    priceFen: PriceFen.optional(),
    limit: z.int().min(1).max(100).nullable().optional(),
    limitPerBuyer: BuyerLimit.nullable().optional(),
    archived: z.boolean().optional(),
  })
  .refine((change) => Object.keys(change).length > 0, { message: "name at least one field to change" });
export type ProductChange = z.infer<typeof ProductChange>;
