import type { Contact } from "@orderwatch/shared/shop/orders.ts";
import type { Keys } from "../../platform/crypto.ts";

/** How orders are found by contact without storing it: keyed hashes, null where the buyer gave nothing. */
export interface ContactKeys {
  phoneKey: bigint | null;
  phoneTailKey: bigint | null;
  emailKey: bigint | null;
}

const mainlandMobile = /^1[3-9]\d{9}$/;

/**
 * Digits only. China's country code falls away (`+86`, `0086` or a bare `86` before a mobile number), so that
 * every way of writing one number is the same number; other countries keep theirs.
 */
export function normalizePhone(phone: string): string {
  const trimmed = phone.trim();
  const digits = trimmed.replace(/\D/g, "");
  const international = trimmed.startsWith("+") ? digits : digits.startsWith("00") ? digits.slice(2) : null;
  if (international !== null) return international.startsWith("86") ? international.slice(2) : international;
  const withoutCountry = digits.slice(2);
  return digits.startsWith("86") && mainlandMobile.test(withoutCountry) ? withoutCountry : digits;
}

export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** The keys that an order's row carries. */
export function contactKeys(keys: Keys, contact: Contact): ContactKeys {
  const phone = contact.phone === undefined ? "" : normalizePhone(contact.phone);
  return {
    phoneKey: phone === "" ? null : phoneKey(keys, phone),
    phoneTailKey: phone.length < 4 ? null : phoneTailKey(keys, phone),
    emailKey: contact.email === undefined ? null : emailKey(keys, contact.email),
  };
}

export function phoneKey(keys: Keys, phone: string): bigint {
  return keys.lookup64("phone", normalizePhone(phone));
}

/** Of a phone or of its last four digits alone: support is told no more than those. */
export function phoneTailKey(keys: Keys, phone: string): bigint {
  return keys.lookup64("phone-tail", normalizePhone(phone).slice(-4));
}

export function emailKey(keys: Keys, email: string): bigint {
  return keys.lookup64("email", normalizeEmail(email));
}

/**
 * Whom a buyer says to be: the account to recharge, else the phone, else the e-mail address; null for none of them.
 * Nothing of it is proven, so it is one of the keys that limits count by, never the only one. An account that comes with
 * an order of codes alone is dropped for the contact as the order is placed: only there it is known what is bought.
 */
export function accountKey(
  keys: Keys,
  rechargeAccount: string | undefined,
  contact: ContactKeys,
): bigint | null {
  if (rechargeAccount !== undefined) return rechargeAccountKey(keys, rechargeAccount);
  return contact.phoneKey ?? contact.emailKey;
}

export function rechargeAccountKey(keys: Keys, account: string): bigint {
  return keys.lookup64("account", account.trim().toLowerCase());
}

/** What an order's row stores of its contact; null when there is none. Bound to the order. */
export function sealContact(keys: Keys, orderId: string, contact: Contact): Buffer | null {
  if (contact.phone === undefined && contact.email === undefined) return null;
  const { phone, email } = contact;
  return keys.seal(JSON.stringify({ phone, email }), contextOf(orderId));
}

/** Throws when the text was altered or belongs to another order. */
export function openContact(keys: Keys, orderId: string, sealed: Buffer | null): Contact {
  return sealed === null ? {} : (JSON.parse(keys.open(sealed, contextOf(orderId))) as Contact);
}

/** What staff see without asking for more: `138****5678`, `a***@example.com`. */
export function maskContact(contact: Contact): { phone?: string; email?: string } {
  return {
    ...(contact.phone === undefined ? {} : { phone: maskPhone(contact.phone) }),
    ...(contact.email === undefined ? {} : { email: maskEmail(contact.email) }),
  };
}

function maskPhone(phone: string): string {
  const digits = normalizePhone(phone);
  if (digits.length >= 11) return `${digits.slice(0, 3)}****${digits.slice(-4)}`;
  return `****${digits.slice(digits.length >= 8 ? -4 : -2)}`;
}

function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${[...email][0] ?? ""}***${email.slice(at)}`;
}

/** What an order's row stores of the account to recharge. Bound to the order. */
export const sealRechargeAccount = (keys: Keys, orderId: string, account: string): Buffer =>
  keys.seal(account, `account:${orderId}`);

/** The account to recharge, as the order's row keeps it. */
export const openRechargeAccount = (keys: Keys, orderId: string, sealed: Buffer | null): string | null =>
  sealed === null ? null : keys.open(sealed, `account:${orderId}`);

const contextOf = (orderId: string) => `order:${orderId}:contact`;
