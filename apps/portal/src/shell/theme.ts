import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** One accent, from pale to deep; the sign-in pages of the exchange have the same. */
const lagoon: MantineColorsTuple = [
  '#e8f6f9',
  '#d3eaef',
  '#a6d6df',
  '#6cc5d6',
  '#3fa9bd',
  '#2291a6',
  '#0f7d93',
  '#0b6475',
  '#094f5d',
  '#063b46',
];

/** Dark surfaces with a little blue, like the grounds of style.css; the middle ones are edges and hovered controls. */
const dark: MantineColorsTuple = [
  '#e8ecf1',
  '#c9d1da',
  '#a9b4c0',
  '#77828f',
  '#46515e',
  '#333c47',
  '#242b34',
  '#1c222a',
  '#171c22',
  '#101418',
];

export const theme = createTheme({
  primaryColor: 'lagoon',
  primaryShade: { light: 7, dark: 6 },
  colors: { lagoon, dark },
  fontFamily: '"Source Sans 3 Variable", "Segoe UI", system-ui, sans-serif',
  headings: { fontFamily: 'inherit', fontWeight: '600' },
  fontSizes: { xs: '0.8125rem', sm: '0.9375rem', md: '1rem' },
  defaultRadius: 8,
  respectReducedMotion: true,
  cursorType: 'pointer',
});
