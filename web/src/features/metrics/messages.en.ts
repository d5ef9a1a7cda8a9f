export const messages = {
  'metrics.title': 'Metrics',
} as const;
