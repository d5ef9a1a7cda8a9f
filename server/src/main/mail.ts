import { createTransport } from 'nodemailer';

/** How long the mail server may take: who waits for it waits for the answer of a request. */
const TIMEOUT_MS = 10_000;

/** @param url `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`; empty: no mail is sent. */
export function openMail(
  url: string,
  from: string,
): ((mail: { readonly to: string; readonly subject: string; readonly text: string }) => Promise<void>) | undefined {
  if (url === '') return undefined;
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // Texts are ours; nothing in them names files or addresses to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async (mail) => {
    await transport.sendMail({ from, ...mail });
  };
}
