import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isHanokError } from '#base';
import { fail } from './errors.ts';

/** A checked place to connect to. */
export interface Place {
  /** Exactly where the socket goes; never a name. */
  readonly address: string;
  readonly port: number;
  /** Whom the certificate must be of; undefined: plain. */
  readonly tlsHost: string | undefined;
  readonly ca: readonly string[];
}

const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  CERT_UNTRUSTED: 'untrusted',
  CERT_REVOKED: 'untrusted',
};

const TEXTS: Readonly<Record<string, string>> = {
  expired: 'its certificate has expired',
  'not-yet-valid': 'its certificate is not valid yet',
  name: 'its certificate is of another host',
  untrusted: 'its certificate is not signed by an authority that is trusted',
  protocol: 'it does not speak TLS, or none that is safe',
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The world's words for a failed connection, in ours. Nothing of the other side's text is in it. */
export function connectError(host: string, error: unknown) {
  if (isHanokError(error)) return error;
  const code = codeOf(error);
  const reason = REASONS[code] ?? (/^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code) ? 'protocol' : undefined);
  return reason === undefined
    ? fail('outbound.unreachable', `${host} cannot be reached`, { values: { host } })
    : fail('outbound.tls', `${host} is not trusted: ${TEXTS[reason]}`, { reason, values: { host } });
}

/** One socket to one address. Sessions are never resumed, so every connection verifies the certificate itself. */
export function connectTo({ address, port, tlsHost, ca }: Place, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const named = tlsHost !== undefined && tlsHost !== address;
    const socket =
      tlsHost === undefined
        ? connectTcp({ host: address, port, noDelay: true })
        : connectTls({
            host: address,
            port,
            // Without a name the certificate is held against the address.
            ...(named && { servername: tlsHost }),
            ca: [...ca],
            minVersion: 'TLSv1.2',
            rejectUnauthorized: true,
            ALPNProtocols: ['http/1.1'],
          });
    const done = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose);
    };
    const onAbort = () => onError(signal.reason);
    const onError = (error: unknown) => {
      done();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onClose = () => onError(new Error('the connection was closed'));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError).once('close', onClose);
    socket.once(tlsHost === undefined ? 'connect' : 'secureConnect', () => {
      done();
      resolve(socket);
    });
  });
}
