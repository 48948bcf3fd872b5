import { createTheme, type MantineColorsTuple } from '@mantine/core'

// Deep blue: 7.9 : 1 on white at shade 7, which filled buttons and links use.
const blue: MantineColorsTuple = [
  '#eef4fb',
  '#d9e6f5',
  '#b0cbe9',
  '#84aedd',
  '#5f95d3',
  '#4785cd',
  '#2f6cb3',
  '#1d4f91',
  '#17427b',
  '#103464',
]

// Mantine's own red is too light under white letters: 5.5 : 1 here.
const red: MantineColorsTuple = [
  '#fff5f5',
  '#ffe3e3',
  '#ffc9c9',
  '#ffa8a8',
  '#ff8787',
  '#e25555',
  '#c92a2a',
  '#c92a2a',
  '#a61b1b',
  '#8a1616',
]

const portalProps = { target: '#page' }

export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 7, dark: 6 },
  colors: { blue, red },
  fontFamily: "'Golos Text Variable', 'Golos Text', system-ui, sans-serif",
  headings: { fontFamily: "'Golos Text Variable', 'Golos Text', system-ui, sans-serif", fontWeight: '600' },
  fontSizes: { xs: '13px', sm: '15px', md: '16px', lg: '18px', xl: '22px' },
  lineHeights: { sm: '1.5', md: '1.5' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Inside the page, so that a reader finds them in it.
    Tooltip: { defaultProps: { portalProps } },
    Select: {
      defaultProps: {
        comboboxProps: { portalProps },
        // The list scrolls itself: a box around it would have to take the focus.
        withScrollArea: false,
        styles: { options: { maxHeight: 260, overflowY: 'auto' } },
      },
    },
  },
})
