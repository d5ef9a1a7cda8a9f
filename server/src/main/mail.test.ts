import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { openMail } from './mail.ts';

let server: ReturnType<typeof createServer>;
afterEach(() => server?.close());

/** As much of RFC 5321 as one mail needs. */
async function listen(takes: boolean): Promise<{ readonly url: string; readonly heard: () => string }> {
  let heard = '';
  server = createServer((socket) => {
    let inData = false;
    socket.write('220 test\r\n');
    socket.on('data', (bytes) => {
      heard += bytes;
      for (const line of bytes.toString().split('\r\n').slice(0, -1)) {
        if (inData) {
          if (line !== '.') continue;
          inData = false;
          socket.write('250 taken\r\n');
        } else if (line === 'DATA') {
          inData = true;
          socket.write('354 go on\r\n');
        } else if (line.startsWith('RCPT') && !takes) socket.write('550 no such person\r\n');
        else if (line === 'QUIT') socket.end('221 bye\r\n');
        else socket.write('250 fine\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, heard: () => heard };
}
const mail = { to: 'new@one.example', subject: 'An invitation', text: 'https://hanok.example/join#hl_x' };

it('hands a mail to the server', async () => {
  const { url, heard } = await listen(true);
  await openMail(url, 'Hanok <hanok@one.example>')!(mail);
  expect(heard()).toContain('MAIL FROM:<hanok@one.example>');
  expect(heard()).toContain('RCPT TO:<new@one.example>');
  expect(heard()).toContain('join#hl_x');
});

it('says when it was not taken', async () => {
  const { url } = await listen(false);
  await expect(openMail(url, 'hanok@one.example')!(mail)).rejects.toThrow('550');
});

it('is off without a server', () => expect(openMail('', 'x')).toBeUndefined());
