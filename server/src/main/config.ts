import { setting } from '#base';

/** Settings of the program as a whole; the modules declare their own beside their code. */
export const MAIN_CONFIG = {
  dataDir: setting.text(
    'HANOK_DATA_DIR',
    './data',
    'Everything Hanok keeps: control database, journals, engines, first credentials. Created with mode 0700.',
  ),
  smtpUrl: setting.text(
    'HANOK_SMTP_URL',
    '',
    'Mail server for links of invitations and of new passwords, as in `smtps://USER:SECRET@mail.example`. Empty: no mail is sent; links are shown to who makes them.',
    { secret: true },
  ),
  mailFrom: setting.text('HANOK_MAIL_FROM', 'hanok@localhost', 'Sender of mails, as in `Hanok <hanok@example.com>`.'),
  bind: setting.text(
    'HANOK_BIND',
    '127.0.0.1',
    'Address all ports listen on. Loopback until an operator decides otherwise.',
  ),
  logLevel: setting.choice(
    'HANOK_LOG_LEVEL',
    ['debug', 'info', 'warn', 'error'],
    'info',
    "Hanok's own log on standard error: readable lines on a terminal, JSON lines otherwise.",
  ),
  auditLogs: setting.boolean(
    'HANOK_AUDIT_LOGS',
    true,
    "Every entry of the audit log also becomes a log record of the tenant that it concerns (service `hanok`, event `hanok.audit`); the operators' are in the tenant `hanok`.",
  ),
  webDir: setting.text('HANOK_WEB_DIR', '', 'Folder of the built user interface; empty: web/dist beside the program.'),
} as const;
