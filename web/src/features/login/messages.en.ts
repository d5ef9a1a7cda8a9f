export const messages = {
  'login.title': 'Sign in',
} as const;
