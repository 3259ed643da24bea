import classes from "./brand.module.css";

/** The product's mark: a pulse in a ring. */
export const Brand = () => (
  <span className={classes.brand}>
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="8.2" fill="none" stroke="var(--ow-line-strong)" strokeWidth="1.6" />
      <path
        d="M2.4 10.6h4l1.8-4.4 3 8 1.9-3.6h4.5"
        fill="none"
        stroke="var(--ow-accent)"
        strokeWidth="1.8"
        strokeLinejoin="round"
      />
    </svg>
    <span data-name>Orderwatch</span>
  </span>
);
