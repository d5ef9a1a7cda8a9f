import { errorCatalogue, failer } from '#base';

export const OUTBOUND_ERRORS = errorCatalogue({
  /** `reason`: malformed, too-long, credentials. */
  'outbound.url': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Write an absolute URL without user name and password, as in https://idp.example/keys.',
  },
  'outbound.scheme': { kind: 'caller', status: 400, retry: false, fix: 'Use https.' },
  'outbound.port': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Use a usual port, or ask the operator of this Hanok to allow this one (HANOK_OUTBOUND_ALLOW).',
  },
  'outbound.header': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Leave this header out: it belongs to the connection, or breaks the rules of HTTP.',
  },
  /**
   * The same for names that do not exist, that have no address and that have one which is not public, so that nobody
   * learns by it what names and machines there are inside.
   */
  'outbound.address': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Use a host that anybody on the internet can reach, or ask the operator of this Hanok to allow it (HANOK_OUTBOUND_ALLOW).',
  },
  'outbound.unreachable': { kind: 'world', status: 502, retry: true, fix: 'See whether the server is up.' },
  /** `reason`: expired, not-yet-valid, name, untrusted, protocol. */
  'outbound.tls': {
    kind: 'world',
    status: 502,
    retry: true,
    fix: 'Mend the certificate of the server; the operator can add an authority with HANOK_OUTBOUND_CA_FILE.',
  },
  /** `reason`: connect, headers, whole. */
  'outbound.timeout': { kind: 'world', status: 504, retry: true, fix: 'See why the server is slow.' },
  'outbound.redirect': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Use the URL to which the server redirects; redirects are not followed.',
  },
  'outbound.too-large': { kind: 'world', status: 502, retry: true, fix: 'Let the server answer with less.' },
  'outbound.encoding': {
    kind: 'world',
    status: 502,
    retry: true,
    fix: 'Let the server answer plainly or with gzip, as it was asked to.',
  },
  /** The answer breaks HTTP, or ended early. */
  'outbound.broken-answer': { kind: 'world', status: 502, retry: true },
  'outbound.busy': { kind: 'world', status: 503, retry: true },
  'outbound.cancelled': { kind: 'caller', status: 499, retry: false },
  'outbound.closing': { kind: 'world', status: 503, retry: true },
  'outbound.setting': {
    kind: 'caller',
    status: 500,
    retry: false,
    fix: 'See docs/configuration.md for what is accepted.',
  },
});

export const fail = failer(OUTBOUND_ERRORS);
