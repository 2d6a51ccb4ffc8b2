import { Html } from './html';

/** Small drawings beside words; hidden from readers that do not see them. */
const PATHS = {
  overview: 'M3 13h8V3H3zM13 21h8V11h-8zM3 21h8v-4H3zM13 7h8V3h-8z',
  people: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 6 6v1M16 3.5a4 4 0 0 1 0 7M22 21v-1a6 6 0 0 0-4-5.6',
  handoffs: 'M3 8h14M13 4l4 4-4 4M21 16H7M11 12l-4 4 4 4',
  reports: 'M4 20V10M10 20V4M16 20v-7M22 20H2',
  runs: 'M21 12a9 9 0 1 1-3-6.7M21 3v5h-5',
  errors: 'M12 3 2 20h20zM12 10v4M12 17.2v.1',
  agreement: 'M6 2h9l5 5v15H6zM15 2v5h5M9.5 13h7M9.5 17h7',
  glossary: 'M4 4a2 2 0 0 1 2-2h14v17H6a2 2 0 0 0-2 2zM4 21a2 2 0 0 0 2 2h14v-4',
  menu: 'M3 6h18M3 12h18M3 18h18',
  person: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0',
  outward: 'M8 6h10v10M18 6 6 18',
  good: 'm4 12.5 5 5L20 6.5',
  warn: 'M12 7v6M12 16.8v.1M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18z',
  bad: 'M6 6l12 12M18 6 6 18',
  arrow: 'M4 12h15M13 6l6 6-6 6',
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName, size = 18): Html {
  return new Html(`<svg width="${size}" height="${size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="${PATHS[name]}"/></svg>`);
}
