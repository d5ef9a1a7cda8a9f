/** Rejects with `why()` when the signal aborts before the step has settled; the step goes on. */
export async function orAborted<T>(step: Promise<T>, signal: AbortSignal, why: () => unknown): Promise<T> {
  let leave: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(why());
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([aborted, step]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
