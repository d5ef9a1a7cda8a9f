export const messages = {
  'services.title': 'Services',
} as const;
