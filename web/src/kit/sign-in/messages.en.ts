export const messages = {
  'signIn.motto': 'Monitoring for every tenant,\non one installation.',
  'signIn.code': 'Code',
  'signIn.code.wrong': 'This code is wrong or was used before. Type the one the app shows now.',
  'signIn.tooMany': 'Too many attempts. Try again in {seconds} s.',
  'signIn.short': 'At least {count} characters.',
  'signIn.setUp.scan': 'Scan this with an authenticator app:',
  'signIn.setUp.qr': 'QR code for an authenticator app',
  'signIn.setUp.type': 'Or type this into the app:',
  'signIn.setUp.secret': 'Secret of the authenticator app',
  'signIn.setUp.then': 'Code that the app shows',
  'signIn.recovery.codes': 'Recovery codes',
  'signIn.recovery.why':
    'Each of these signs you in once when your phone is not at hand. Keep them somewhere safe: they are shown this one time.',
} as const;
