import { createTheme, type MantineColorsTuple } from "@mantine/core";

// Filled buttons carry white on shade 7 in both schemes: 5.5 : 1.
const signal: MantineColorsTuple = [
  "#e6f2fd",
  "#c9e2fa",
  "#9acbf7",
  "#6cb2f5",
  "#4499ea",
  "#2a83d8",
  "#1a73c4",
  "#0f65b0",
  "#0a5fa8",
  "#084b86",
];

const alarm: MantineColorsTuple = [
  "#fdeae3",
  "#fbd0c1",
  "#ffb59c",
  "#ff8a66",
  "#f0683e",
  "#da4e22",
  "#c4400f",
  "#b1330a",
  "#942a07",
  "#752105",
];

// Mantine's greys replaced by the tokens' own, so that fields belong to the panels they stand in.
const dark: MantineColorsTuple = [
  "#e8ecf1",
  "#c9d1da",
  "#a3adba",
  "#77828f",
  "#39424e",
  "#262d37",
  "#0f1318",
  "#14181e",
  "#0d1014",
  "#080a0d",
];

/** Dense and calm: small type, small radii, one accent; all else is in tokens.css. */
export const theme = createTheme({
  primaryColor: "signal",
  primaryShade: { light: 7, dark: 7 },
  colors: { signal, alarm, dark },
  fontFamily: "var(--ow-font)",
  fontFamilyMonospace: "var(--ow-mono)",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  defaultRadius: "sm",
  radius: { xs: "3px", sm: "5px", md: "6px", lg: "8px", xl: "12px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    ModalRoot: { defaultProps: { transitionProps: { duration: 0 } } },
    ModalOverlay: { defaultProps: { backgroundOpacity: 0.6 } },
    Menu: { defaultProps: { transitionProps: { duration: 0 } } },
  },
});
