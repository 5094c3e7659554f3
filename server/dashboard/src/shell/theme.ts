import type { CSSVariablesResolver, VariantColorsResolver } from '@mantine/core';
import { createTheme, defaultVariantColorsResolver } from '@mantine/core';
import { primaryShade, shadesOf } from './colors.ts';

const defaultColor = '#2458d3';

/** The theme of the dashboard, built around the operator's color or the default. */
export function themeOf(color: string | undefined) {
  return createTheme({
    colors: { brand: shadesOf(color ?? defaultColor) },
    primaryColor: 'brand',
    primaryShade,
    autoContrast: true,
    variantColorResolver: contrasting,
    defaultRadius: 'md',
    cursorType: 'pointer',
    fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
    headings: { fontWeight: '650' },
  });
}

/** Elements filled with the primary color have white text in light mode, black in dark mode; Mantine ignores the mode. */
const contrasting: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  const ours = input.variant === 'filled' && (input.color ?? 'brand') === 'brand';
  return ours ? { ...colors, color: 'var(--mantine-primary-color-contrast)' } : colors;
};

/** Mantine's lighter text colors lack contrast (WCAG 2.2, 1.4.3). */
export const readableColors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-primary-color-contrast': '#ffffff',
    '--mantine-color-dimmed': '#5b636b',
    '--mantine-color-placeholder': '#6b737b',
    '--mantine-color-error': '#b42318',
    '--mantine-color-green-light-color': '#116329',
    '--mantine-color-red-light-color': '#a01c12',
    '--mantine-color-orange-light-color': '#8a3f00',
    '--mantine-color-gray-light-color': '#444c54',
    '--mantine-color-brand-light-color': 'var(--mantine-color-brand-8)',
  },
  dark: {
    '--mantine-primary-color-contrast': '#000000',
    '--mantine-color-dimmed': '#a3abb3',
    '--mantine-color-placeholder': '#939ba3',
    '--mantine-color-error': '#ff8a80',
    '--mantine-color-green-light-color': '#7ee2a0',
    '--mantine-color-red-light-color': '#ffa39b',
    '--mantine-color-orange-light-color': '#ffc078',
    '--mantine-color-gray-light-color': '#c3cad1',
    '--mantine-color-brand-light-color': 'var(--mantine-color-brand-3)',
  },
});
