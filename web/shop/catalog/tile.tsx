import styles from "./tile.module.css";

const looks = [styles.a, styles.b, styles.c, styles.d, styles.e, styles.f];

const lookOf = (sku: string) => {
  const brand = sku.split(/[-_.\d]/)[0] ?? sku;
  let sum = 0;
  for (const letter of brand) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return looks[sum % looks.length];
};

/** Stands in for a picture: the product's first letter on a colour of its brand's own. */
export function Tile({ sku, name }: { sku: string; name: string }) {
  const letter = [...name.trim()][0] ?? "?";
  return (
    <span className={`${styles.tile} ${lookOf(sku)}`} aria-hidden="true">
      {letter.toUpperCase()}
    </span>
  );
}
