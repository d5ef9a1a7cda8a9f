export const messages = {
  'trace.title': 'Trace',
} as const;
