import { readText } from '../../format/search-codec.ts';

export const SETTINGS_SECTIONS = ['keys', 'issuers', 'storage', 'people', 'audit'] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

export interface SettingsSearch {
  /** Text to look for in the audit log. */
  find?: string | undefined;
  /** The audit log of every tenant, for operators. */
  everywhere?: '1' | undefined;
}

export function readSettingsSearch(raw: Record<string, unknown>): SettingsSearch {
  const find = readText(raw['find']);
  return { ...(find ? { find } : {}), ...(raw['everywhere'] === '1' ? { everywhere: '1' as const } : {}) };
}
