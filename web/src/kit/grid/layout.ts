import { type TableLayout, usePreferences } from '../../preferences/preferences.ts';

const EMPTY: TableLayout = { widths: {}, hidden: [] };
export const LEAST_WIDTH = 48;

/** Widths and hidden columns of a grid, kept in the browser under the grid's name. */
export function useLayout(name: string): TableLayout {
  return usePreferences((state) => state.tables[name]) ?? EMPTY;
}

function setLayout(name: string, layout: TableLayout): void {
  const { tables, set } = usePreferences.getState();
  set({ tables: { ...tables, [name]: layout } });
}

export function setWidths(name: string, widths: Readonly<Record<string, number>>): void {
  const before = usePreferences.getState().tables[name] ?? EMPTY;
  const kept = Object.entries(widths).map(([id, width]) => [id, Math.max(LEAST_WIDTH, Math.round(width))] as const);
  setLayout(name, { ...before, widths: Object.fromEntries(kept) });
}

export function setHidden(name: string, id: string, hidden: boolean): void {
  const before = usePreferences.getState().tables[name] ?? EMPTY;
  const others = before.hidden.filter((one) => one !== id);
  setLayout(name, { ...before, hidden: hidden ? [...others, id] : others });
}
