export const messages = {
  'traces.title': 'Traces',
} as const;
