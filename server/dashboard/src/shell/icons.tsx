import type { ReactNode } from 'react';

/** Icons as strokes on a 24 × 24 grid. They are decorative: the text beside them, or a label, carries the meaning. */
const drawings = {
  bell: <path d="M5 17a7 7 0 0 1 14 0zM3 20h18M12 6v4" />,
  plug: <path d="M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4" />,
  webhook: (
    <path d="M8 17h8M10 7l-4 8M14 7l4 8M12 3.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 0 1 0-5zM5.500 14.500a2.500 2.500 0 1 0 .01 0zM18.500 14.500a2.500 2.500 0 1 0 .01 0z" />
  ),
  list: <path d="M4 6h2M9 6h11M4 12h2M9 12h11M4 18h2M9 18h11" />,
  book: <path d="M5 4h12a2 2 0 0 1 2 2v14H7a2 2 0 0 1-2-2zM5 18a2 2 0 0 1 2-2h12M9 8h6" />,
  gear: (
    <path d="M12 8.500a3.500 3.500 0 1 0 .01 0zM12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.200 2.200M16.200 16.200l2.200 2.200M18.400 5.600l-2.200 2.200M7.800 16.200l-2.200 2.200" />
  ),
  copy: <path d="M9 9h10v10H9zM5 15V5h10" />,
  check: <path d="M5 12.500l4.500 4.500L19 7.500" />,
  play: <path d="M8 5l11 7-11 7z" />,
  pause: <path d="M8 5v14M16 5v14" />,
  trash: <path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5" />,
  repeat: <path d="M5 12a7 7 0 0 1 12-5l2 2M19 4v5h-5M19 12a7 7 0 0 1-12 5l-2-2M5 20v-5h5" />,
  plus: <path d="M12 5v14M5 12h14" />,
  moon: <path d="M19 14.500A8 8 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500z" />,
  sun: (
    <path d="M12 8a4 4 0 1 0 .01 0zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M18.700 5.300l-1.400 1.400M6.700 17.300l-1.400 1.400" />
  ),
  leave: <path d="M14 4h5v16h-5M4 12h11M11 8l4 4-4 4" />,
  back: <path d="M15 5l-7 7 7 7" />,
  forward: <path d="M9 5l7 7-7 7" />,
  down: <path d="M5 9l7 7 7-7" />,
  cross: <path d="M6 6l12 12M18 6L6 18" />,
  eye: <path d="M3 12c4.500-7 13.500-7 18 0c-4.500 7-13.500 7-18 0zM12 9.500a2.500 2.500 0 1 0 .01 0z" />,
  pen: <path d="M5 19l1-4L16 5l3 3L9 18zM14 7l3 3" />,
  key: <path d="M8 11a4 4 0 1 0 .01 0zM11.500 13H21v4M17 13v3" />,
  clock: <path d="M12 4a8 8 0 1 0 .01 0zM12 8v4.500l3 2" />,
  alert: <path d="M12 4l9 16H3zM12 10v4M12 17v.01" />,
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof drawings;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {drawings[name]}
    </svg>
  );
}
