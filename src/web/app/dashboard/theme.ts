import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const teal: MantineColorsTuple = [
  "#e9faf7",
  "#d3f2ed",
  "#a5e5dc",
  "#72d6c9",
  "#3fbfb0",
  "#1aa394",
  "#0f8a7e",
  "#0f766e",
  "#0b5f59",
  "#074a45",
];

const slate: MantineColorsTuple = [
  "#e6eaee",
  "#c6cdd5",
  "#a3adb8",
  "#79848f",
  "#39434d",
  "#2b333c",
  "#1b2128",
  "#11161c",
  "#0d1116",
  "#090c10",
];

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 7, dark: 6 },
  colors: { teal, dark: slate },
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  headings: { fontFamily: '"Inter Variable", system-ui, sans-serif', fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
});

/** Text that steps back must still be read: at least 4.5:1 on the page and on cards. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { "--mantine-color-dimmed": "#56606b", "--mantine-color-placeholder": "#66707b" },
  dark: { "--mantine-color-dimmed": "#a3adb8", "--mantine-color-placeholder": "#98a2ad" },
});
