import type { Locale } from "./locale.ts";

/**
 * Messages are plain text with `{name}` for a value and `{name|one|other}` for a word that agrees with it.
 * The English catalogue is the source of the types: its keys must exist everywhere, its names must be given.
 */
export type Catalogue = Readonly<Record<string, string>>;
export type Translation<Source extends Catalogue> = { readonly [Key in keyof Source]: string };
export type Values = Readonly<Record<string, string | number>>;

type NamesIn<Text extends string> = Text extends `${string}{${infer Inside}}${infer Rest}`
  ? (Inside extends `${infer Name}|${string}` ? Name : Inside) | NamesIn<Rest>
  : never;

type Needed<Text extends string> = [NamesIn<Text>] extends [never]
  ? []
  : [values: { readonly [Name in NamesIn<Text>]: string | number }];

/** Words a message of one catalogue: `t("orders.found", { count: 3 })`. */
export type Translate<Source extends Catalogue> = <Key extends keyof Source & string>(
  key: Key,
  ...values: Needed<Source[Key]>
) => string;

const placeholder = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g;

/** Puts values into a message; a value that is missing stays visible as its placeholder. */
export function fill(message: string, values: Values): string {
  return message.replace(placeholder, (whole, name: string, one?: string, other?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one === undefined || other === undefined) return String(value);
    return Number(value) === 1 ? one : other;
  });
}

/** One translator a language, made once, so that it is stable for memoised components. */
export function translators<Source extends Catalogue>(
  catalogues: Readonly<Record<Locale, Translation<Source>>>,
): Readonly<Record<Locale, Translate<Source>>> {
  const make =
    (catalogue: Translation<Source>): Translate<Source> =>
    (key, ...[values]) =>
      values === undefined ? catalogue[key] : fill(catalogue[key], values);
  return { en: make(catalogues.en), "zh-CN": make(catalogues["zh-CN"]) };
}
