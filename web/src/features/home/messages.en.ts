export const messages = {
  'home.title': 'Home',
} as const;
