export const messages = {
  'logs.title': 'Logs',
} as const;
