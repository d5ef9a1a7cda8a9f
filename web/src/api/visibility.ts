/** Is this tab in sight? A browser opens six connections to a host, so a tab that nobody sees must not hold one. */
export const isVisible = (): boolean => document.visibilityState === 'visible';

export function onVisibility(listener: (visible: boolean) => void): () => void {
  const tell = () => listener(isVisible());
  document.addEventListener('visibilitychange', tell);
  return () => document.removeEventListener('visibilitychange', tell);
}
