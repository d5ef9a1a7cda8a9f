import { connection } from '../api/connection.ts';

const PAUSE_MS = 3_000;

/**
 * The bundler asks for a style sheet once, and takes it for loaded ever after, also when the server was away just then: a
 * screen opened later would stand there without its styles. So what failed is asked for again when there is a server.
 */
export function followStyles(): void {
  const missed = new Set<HTMLLinkElement>();
  const again = () => {
    for (const link of missed) link.replaceWith(link.cloneNode());
    missed.clear();
  };
  // Failures of resources do not bubble.
  window.addEventListener(
    'error',
    ({ target }) => {
      if (!(target instanceof HTMLLinkElement) || target.rel !== 'stylesheet') return;
      missed.add(target);
      connection.suspect();
      setTimeout(() => {
        if (!connection.current().away) again();
      }, PAUSE_MS);
    },
    true,
  );
  connection.onBack(again);
}
