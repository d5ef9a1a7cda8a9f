export const messages = {
  'login.title': 'Sign in',
  'login.motto': 'Monitoring for every tenant,\non one installation.',
  'login.email': 'Email',
  'login.password': 'Password',
  'login.submit': 'Sign in',
  'login.busy': 'Signing in …',
  'login.refused': 'The email or the password is wrong.',
  'login.tooMany': 'Too many attempts. Try again in {seconds} s.',
  'login.ended': 'Your session has ended. Sign in to return to where you were.',
  'login.hint': 'First time? The first start wrote the credentials to bootstrap.json in the data directory.',
} as const;
