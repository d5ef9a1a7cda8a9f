/**
 * One stream for all tabs of a person: the tab that holds the lock listens to the server and tells the others what comes.
 * When it closes, crashes or is hidden, the browser hands the lock to the next one. Where there are no locks (pages from
 * other hosts without TLS) every tab listens for itself.
 */
export interface FeedDeps {
  readonly locks: Pick<LockManager, 'request'> | undefined;
  readonly openChannel: (name: string) => FeedChannel;
  /** Listens to the server and tells what comes, again and again, until the signal ends. Must not throw. */
  readonly listen: (signal: AbortSignal, tell: (news: News) => void) => Promise<void>;
}

export type FeedChannel = Pick<BroadcastChannel, 'postMessage' | 'close' | 'onmessage'>;

/** `picture`: as the server sent it. `lost`: the stream broke. `ended`: the right to it is gone, ask who one is. */
export type News =
  | { readonly kind: 'picture'; readonly text: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'ended' };

/** A tab that joins asks for the last picture: the server sends none while nothing changes. */
type Message = News | { readonly kind: 'hello' };

/** Tells what comes until `stop` ends. `name` must hold whose stream it is: the person and the tenant. */
export function followShared(name: string, deps: FeedDeps, stop: AbortSignal, onNews: (news: News) => void): void {
  const channel = deps.openChannel(name);
  let leading = false;
  let last: News | undefined;
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (stop.aborted) return;
    if (data.kind !== 'hello') return onNews(data);
    if (leading && last) channel.postMessage(last);
  };
  const lead = async () => {
    if (stop.aborted) return;
    leading = true;
    await deps.listen(stop, (news) => {
      if (stop.aborted) return;
      last = news;
      channel.postMessage(news);
      onNews(news);
    });
  };
  stop.addEventListener('abort', () => channel.close());
  channel.postMessage({ kind: 'hello' } satisfies Message);
  if (deps.locks) void deps.locks.request(name, { signal: stop }, lead).catch(() => undefined);
  else void lead();
}
