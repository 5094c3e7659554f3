import type { MantineColorsTuple } from '@mantine/core';

type Rgb = readonly [number, number, number];

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];
/** Mantine's background in dark mode. */
const darkGround: Rgb = [36, 36, 36];

/** Minimum contrast of text (WCAG 2.2, 1.4.3). */
const readable = 4.5;

/** The shade of {@link shadesOf} for buttons and links in each color scheme. */
export const primaryShade = { light: 6, dark: 4 } as const;

/**
 * Ten shades of an operator's color, from light to dark. The primary shade for light mode is darkened until white text on
 * it is readable; the one for dark mode is lightened until it is readable on the background.
 */
export function shadesOf(color: string): MantineColorsTuple {
  const given = parse(color);
  const onLight = until(given, black, (each) => contrast(each, white) >= readable);
  const onDark = until(given, white, (each) => contrast(each, darkGround) >= readable);
  const lighter = [0.92, 0.82, 0.66].map((share) => mix(onLight, white, share));
  const darker = [0.14, 0.28, 0.42].map((share) => mix(onLight, black, share));
  return [...lighter, mix(onDark, white, 0.25), onDark, mix(onLight, white, 0.15), onLight, ...darker].map(
    format,
  ) as unknown as MantineColorsTuple;
}

function parse(color: string): Rgb {
  const number = Number.parseInt(color.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

function format([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

function mix(color: Rgb, other: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2) => color[index] + (other[index] - color[index]) * share;
  return [at(0), at(1), at(2)];
}

function until(color: Rgb, other: Rgb, enough: (color: Rgb) => boolean): Rgb {
  let share = 0;
  while (share < 1 && !enough(mix(color, other, share))) share += 0.04;
  return mix(color, other, Math.min(share, 1));
}

function contrast(one: Rgb, other: Rgb): number {
  const [lighter = 1, darker = 1] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

/** WCAG 2.2, "relative luminance". */
function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}
