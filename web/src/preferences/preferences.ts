import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { themeChanged } from '../theme/canvas-colours.ts';

export type ThemeChoice = 'light' | 'dark' | 'system';
export type LocaleName = 'en' | 'ko';
/** `local` is the browser's zone. */
export type ZoneChoice = 'local' | 'UTC';

/** How a reader arranged one table. */
export interface TableLayout {
  /** Pixels by column id. */
  readonly widths: Readonly<Record<string, number>>;
  readonly hidden: readonly string[];
}

interface Preferences {
  readonly theme: ThemeChoice;
  readonly locale: LocaleName;
  readonly zone: ZoneChoice;
  /** The time range used where the URL has none. */
  readonly lastRange: { readonly from: string; readonly to: string };
  readonly recentRanges: ReadonlyArray<{ readonly from: string; readonly to: string }>;
  /** The instance last visited: where the bare address leads. */
  readonly lastTenant: string | undefined;
  readonly tables: Readonly<Record<string, TableLayout>>;
  /** Pixels that side panels were given, by screen. */
  readonly panels: Readonly<Record<string, number>>;
  /** Attributes whose values stand beside a list, opened by the reader, by signal. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  set(change: Partial<Omit<Preferences, 'set'>>): void;
}

const initialLocale: LocaleName =
  typeof document !== 'undefined' && document.documentElement.lang === 'ko' ? 'ko' : 'en';

/** What this browser prefers. A shared link never writes here; only the reader's own choices do. */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: 'system',
      locale: initialLocale,
      zone: 'local',
      lastRange: { from: 'now-1h', to: 'now' },
      recentRanges: [],
      lastTenant: undefined,
      tables: {},
      panels: {},
      facets: {},
      set: (change) => set(change),
    }),
    {
      name: 'hanok.preferences',
      // `before-paint.js` reads `theme` and `locale` from the top level of the stored object.
      storage: {
        getItem: (name) => {
          try {
            const text = localStorage.getItem(name);
            return text ? { state: JSON.parse(text) } : null;
          } catch {
            return null;
          }
        },
        setItem: (name, value) => {
          try {
            localStorage.setItem(name, JSON.stringify(value.state));
          } catch {
            // Storage may be full or forbidden; preferences then last for this page only.
          }
        },
        removeItem: (name) => localStorage.removeItem(name),
      },
    },
  ),
);

const prefersDark = typeof matchMedia === 'undefined' ? undefined : matchMedia('(prefers-color-scheme: dark)');

function applyTheme(): void {
  const { theme } = usePreferences.getState();
  const dark = theme === 'dark' || (theme === 'system' && prefersDark?.matches === true);
  const wanted = dark ? 'dark' : 'light';
  if (document.documentElement.dataset['theme'] === wanted) return;
  document.documentElement.dataset['theme'] = wanted;
  themeChanged();
}

/** Keeps `<html data-theme>` true to the choice and to the system. Returns how to stop. */
export function followTheme(): () => void {
  applyTheme();
  prefersDark?.addEventListener('change', applyTheme);
  const stop = usePreferences.subscribe(applyTheme);
  return () => {
    prefersDark?.removeEventListener('change', applyTheme);
    stop();
  };
}
