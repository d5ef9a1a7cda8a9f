export const messages = {
  'service.title': 'Service',
} as const;
