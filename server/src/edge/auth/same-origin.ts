/**
 * Was a request that changes something sent by a page of ours? Beside the cookie's SameSite=Strict, for browsers that
 * let other sites of the same registrable domain (or another port of the host) send it. Requests without both headers
 * come from programs, not from pages: every browser sends Origin with POST, PUT, PATCH and DELETE.
 */
export function decideSameOrigin(request: {
  readonly fetchSite: string | undefined;
  readonly origin: string | undefined;
  readonly host: string | undefined;
  /** Origin of HANOK_PUBLIC_URL: behind a proxy the Host header may be another one. */
  readonly publicOrigin: string | undefined;
}): boolean {
  const { fetchSite, origin, host, publicOrigin } = request;
  // `none`: typed by the person, or from a bookmark.
  if (fetchSite !== undefined) return fetchSite === 'same-origin' || fetchSite === 'none';
  if (origin === undefined) return true;
  if (publicOrigin !== undefined && origin === publicOrigin) return true;
  const match = /^https?:\/\/([^/]+)$/.exec(origin);
  return match !== null && host !== undefined && match[1]!.toLowerCase() === host.toLowerCase();
}
