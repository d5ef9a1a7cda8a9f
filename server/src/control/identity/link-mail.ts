import type { Log } from '#base';
import type { LinksTable } from '../schema.ts';

/** One mail of plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands a mail to the mail server; rejects when it was not taken. */
export type SendMail = (mail: Mail) => Promise<void>;

/** Whether the one a link is for was sent it. */
export type MailOutcome = 'sent' | 'failed' | 'off';

/** In both languages: it is not known which one they read. */
export function mailOf(link: Pick<LinksTable, 'kind' | 'email'>, tenant: string | null, url: string): Mail {
  const name = tenant?.replace(/[\p{Cc}\p{Cf}]/gu, ' ') ?? 'Hanok';
  const invited = link.kind === 'invitation';
  return {
    to: link.email,
    subject: invited ? `[Hanok] ${name} — invitation · 초대` : '[Hanok] New password · 비밀번호 재설정',
    text: [
      invited ? `You are invited to ${name}. Open this link to join:` : 'Open this link to set a new password:',
      invited
        ? `${name}에 초대되었습니다. 아래 링크를 열어 참여하세요.`
        : '아래 링크를 열어 비밀번호를 다시 설정하세요.',
      '',
      url,
      '',
      'It works once, for seven days. If you did not expect it, ignore it.',
      '링크는 7일 동안 한 번만 쓸 수 있습니다. 요청한 적이 없다면 무시하세요.',
      '',
    ].join('\n'),
  };
}

/** Never rejects: the link is shown to who made it, and they are told. */
export async function mailLink(send: SendMail | undefined, mail: Mail, log: Log): Promise<MailOutcome> {
  if (!send) return 'off';
  try {
    await send(mail);
    return 'sent';
  } catch (error) {
    log.warn({ error }, 'a mail with a link was not taken by the mail server');
    return 'failed';
  }
}
