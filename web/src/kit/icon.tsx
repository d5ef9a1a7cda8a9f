import type { SVGProps } from 'react';

/** Drawn on a 16-unit grid with a stroke of 1.5; one path each so that they cost little. */
const PATHS = {
  home: 'M2 7.2C4.6 6.8 6.6 5.4 8 3c1.4 2.4 3.4 3.8 6 4.200M3.7 7.500V13h8.600V7.500M6.6 13V9.800h2.800V13',
  services:
    'M2.5 2.500h4.400v4.400H2.500zM9.1 2.500h4.400v4.400H9.100zM2.5 9.100h4.400v4.400H2.500zM9.1 9.100h4.400v4.400H9.100z',
  tenants: 'M2.5 13.500v-9l4-2v11M6.5 6.500h7v7M1.5 13.500h13M9 9h.01M11.3 9h.01M9 11.200h.01M11.3 11.200h.01',
  traces: 'M2 3.500h7M4.5 6.500h6M6.5 9.500h7M4.5 12.500h4',
  logs: 'M2.5 3.500h1M6 3.500h7.500M2.5 6.500h1M6 6.500h5M2.5 9.500h1M6 9.500h7.500M2.5 12.500h1M6 12.500h4',
  metrics: 'M2 13.500h12M2.5 10.500l3.2-4 2.8 2.300L13.5 3',
  settings: 'M2 4.500h6M11.5 4.500H14M2 11.500h2.500M8 11.500h6M9.7 2.700v3.600M6.3 9.700v3.6',
  search: 'M7 2.500a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.300L14 14',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.800V8l2.2 1.5',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 2v3h-3',
  chevronDown: 'M4 6.200l4 4 4-4',
  chevronRight: 'M6.2 4l4 4-4 4',
  chevronLeft: 'M9.8 4l-4 4 4 4',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.500l3.2 3.200L13 4.8',
  copy: 'M5.5 5.500h8v8h-8zM10.5 5.300V2.500h-8v8h2.8',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  sun: 'M8 5.300a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.400zM8 1.500v1.300M8 13.200v1.300M1.5 8h1.300M13.2 8h1.300M3.4 3.400l.9.9M11.7 11.700l.9.9M12.6 3.400l-.9.9M4.3 11.700l-.9.9',
  moon: 'M13.2 9.600A5.6 5.6 0 0 1 6.4 2.800a5.6 5.6 0 1 0 6.8 6.800z',
  screen: 'M2 3h12v8H2zM6 13.500h4',
  language: 'M2 8a6 6 0 1 0 12 0A6 6 0 0 0 2 8zM2 8h12M8 2c-4.3 3.8-4.3 8.2 0 12M8 2c4.3 3.8 4.3 8.2 0 12',
  user: 'M8 2.500a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.400zM2.8 13.800c.6-2.6 2.6-4 5.2-4s4.6 1.4 5.2 4',
  signOut: 'M9.5 5V2.500h-7v11h7V11M6.5 8h7.500M11.5 5.500L14 8l-2.5 2.5',
  keyboard: 'M1.5 4h13v8h-13zM4 6.500h.01M6.7 6.500h.01M9.3 6.500h.01M12 6.500h.01M4.5 9.500h7',
  key: 'M5 6.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM7.2 7.300L13.5 2M11 4.200l2 2',
  warning: 'M8 2.200L14.5 13.500h-13zM8 6.500v3.200M8 11.600h.01',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.300v3.500M8 5.200h.01',
  columns: 'M2 3h12v10H2zM6 3v10M10 3v10',
  sortUp: 'M8 12.500v-9M4.5 7L8 3.5 11.5 7',
  sortDown: 'M8 3.500v9M4.5 9L8 12.5 11.5 9',
  filter: 'M2 3.500h12L9.5 8.700v4.300l-3-1.500V8.700z',
  pin: 'M5.5 2.500h5M6.5 2.500v4L4.5 9h7l-2-2.500v-4M8 9v5',
  link: 'M6.7 9.300a2.7 2.7 0 0 0 3.9 0l2.3-2.300A2.7 2.7 0 0 0 9 3.100l-.8.8M9.3 6.700a2.7 2.7 0 0 0-3.9 0L3.1 9A2.7 2.7 0 0 0 7 12.900l.8-.8',
  external: 'M9.5 2.500h4v4M13.5 2.500L7.5 8.500M11.5 9.500v4h-9v-9h4',
  snow: 'M8 1.500v13M2.4 4.700l11.2 6.600M13.6 4.700L2.4 11.3',
  play: 'M4.5 3v10l8-5z',
  pause: 'M5 3v10M11 3v10',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  disk: 'M2.5 4c0-1.1 2.5-2 5.5-2s5.5.9 5.5 2-2.5 2-5.5 2-5.5-.9-5.5-2zM2.5 4v8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2V4M2.5 8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2',
  history: 'M2.5 8a5.5 5.5 0 1 1 1.7 4M2.5 14v-3h3M8 5v3.200l2 1.3',
  gauge: 'M2.5 12.500a6 6 0 1 1 11 0M8 10.500l2.8-3.600M8 10.500h.01',
  trash: 'M2.5 4.500h11M6 4.500V2.500h4v2M4 4.500l.7 9h6.600l.7-9',
  dots: 'M8 3.500h.01M8 8h.01M8 12.500h.01',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: the text or `aria-label` beside it carries the meaning. */
export function Icon({ name, size = 16, ...rest }: { name: IconName; size?: number } & SVGProps<SVGSVGElement>) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      {...rest}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
