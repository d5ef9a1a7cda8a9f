/** As WHATWG's URL sees a host: lower case, punycode, canonical addresses. Undefined when it is none. */
export function normalHost(text: string): string | undefined {
  try {
    const { hostname, port, pathname } = new URL(`http://${text.includes(':') ? `[${text}]` : text}`);
    if (port !== '' || pathname !== '/') return undefined;
    return withoutDot(hostname.replace(/^\[|\]$/g, ''));
  } catch {
    return undefined;
  }
}

/** `example.com.` and `example.com` are one host; a certificate is of the second. */
export const withoutDot = (host: string): string => host.replace(/\.$/, '');
