/**
 * Who may import whom in the browser's half, as `server/modules.ts` says it for the server. A module is a folder under
 * web/src; each folder under web/src/features is one of its own, and none of them may import another. `contract` is open
 * to all. Message files (`messages.en.ts`, `messages.ko.ts`) are imported by the catalogues of `i18n` alone.
 */
export const WEB_MODULES = {
  /** Colours as tokens; what canvases read of them. */
  theme: [],
  /** What this browser remembers: theme, language, zone, widths of columns. */
  preferences: ['theme'],
  i18n: ['preferences'],
  keyboard: ['i18n'],
  format: ['i18n', 'preferences'],
  /** The range of a screen: its grammar, its words, its place in the address. */
  time: ['format', 'i18n', 'preferences'],
  api: ['theme', 'time'],
  kit: ['api', 'format', 'i18n', 'keyboard', 'preferences', 'theme', 'time'],
  /** Every folder under web/src/features. */
  features: ['api', 'format', 'i18n', 'keyboard', 'kit', 'preferences', 'theme', 'time'],
  /** Router, shell, palette: the only one that knows the features. */
  app: ['api', 'features', 'format', 'i18n', 'keyboard', 'kit', 'preferences', 'theme', 'time'],
} as const satisfies Record<string, readonly string[]>;

export type WebModule = keyof typeof WEB_MODULES;
