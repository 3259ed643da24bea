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

/** Dense and calm: small type, small radii, one accent; all else is in tokens.css. */
export const theme = createTheme({
  primaryColor: "signal",
  primaryShade: { light: 7, dark: 7 },
  colors: { signal, alarm },
  fontFamily: "var(--ow-font)",
  fontFamilyMonospace: "var(--ow-mono)",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  defaultRadius: "sm",
  radius: { xs: "3px", sm: "5px", md: "6px", lg: "8px", xl: "12px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 0 } } },
    Menu: { defaultProps: { transitionProps: { duration: 0 } } },
  },
});
