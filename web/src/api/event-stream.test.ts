import { expect, it } from 'vitest';
import { readEvents } from './event-stream.ts';

async function read(chunks: string[]) {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEvents(body)) events.push([event.event, event.data]);
  return events;
}

it('reads events however the bytes are split', async () => {
  const text = ': hello\n\nevent: row\ndata: {"a":1}\n\ndata: one\ndata: 둘\r\n\r\nevent: lost\n\n';
  const expected = [
    ['row', '{"a":1}'],
    ['message', 'one\n둘'],
  ];
  expect(await read([text])).toEqual(expected);
  for (let at = 1; at < text.length; at++) expect(await read([text.slice(0, at), text.slice(at)])).toEqual(expected);
});
