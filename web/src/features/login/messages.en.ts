export const messages = {
  'login.title': 'Sign in',
  'login.motto': 'A instance of your own for every tenant,\nunder one roof.',
  'login.email': 'E-mail',
  'login.password': 'Password',
  'login.submit': 'Sign in',
  'login.busy': 'Signing in …',
  'login.refused': 'E-mail or password is wrong.',
  'login.crowded': 'Many people are signing in from this network right now. Try again in {seconds} s.',
  'login.tooMany': 'Too many attempts. Try again in {seconds} s.',
  'login.ended': 'Your session has ended. Sign in and you are back where you were.',
  'login.hint': 'First time? The first start wrote its credentials to bootstrap.json in the data directory.',
} as const;
