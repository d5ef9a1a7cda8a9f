import {
  JWT_ALGORITHMS,
  type JwtAlgorithm,
  type JwtIssuerRow,
  type JwtKeySource,
  type jwtIssuerRequest,
  PUBLIC_KEY_ALGORITHMS,
  SECRET_ALGORITHMS,
} from '@hanok/contract';
import type { z } from 'zod';

export type IssuerInput = z.input<typeof jwtIssuerRequest>;

/** What is typed, before it is what the API takes. */
export interface IssuerDraft {
  readonly name: string;
  readonly issuer: string;
  readonly source: JwtKeySource;
  readonly jwksUrl: string;
  readonly keys: string;
  readonly secret: string;
  /** A line each, or with commas between. */
  readonly audiences: string;
  readonly tenantClaim: string;
  readonly leeway: string;
  readonly algorithms: string;
  /** A line each: `claim` or `claim=value`. */
  readonly claims: string;
}

export const NEW_DRAFT: IssuerDraft = {
  name: '',
  issuer: '',
  source: 'discovery',
  jwksUrl: '',
  keys: '',
  secret: '',
  audiences: '',
  tenantClaim: 'tenantId',
  leeway: '30',
  algorithms: '',
  claims: '',
};

const sameSet = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && b.every((one) => a.includes(one));

export function draftOf(row: JwtIssuerRow): IssuerDraft {
  const usual = row.source === 'secret' ? ['HS256'] : PUBLIC_KEY_ALGORITHMS;
  return {
    name: row.name,
    issuer: row.issuer,
    source: row.source,
    jwksUrl: row.jwksUrl ?? '',
    keys: row.keys ?? '',
    secret: '',
    audiences: row.audiences.join('\n'),
    tenantClaim: row.tenantClaim,
    leeway: String(row.leewaySeconds),
    algorithms: sameSet(row.algorithms, usual) ? '' : row.algorithms.join(', '),
    claims: row.requiredClaims
      .map(({ claim, value }) => (value === undefined ? claim : `${claim}=${value}`))
      .join('\n'),
  };
}

const partsOf = (text: string, between: RegExp): string[] =>
  text
    .split(between)
    .map((part) => part.trim())
    .filter((part) => part !== '');

const isAlgorithm = (text: string): text is JwtAlgorithm => JWT_ALGORITHMS.some((one) => one === text);

/** Algorithms in the text that nobody knows, or that the source cannot have. */
export function unknownAlgorithms({ algorithms, source }: IssuerDraft): string[] {
  const possible: readonly string[] = source === 'secret' ? SECRET_ALGORITHMS : PUBLIC_KEY_ALGORITHMS;
  return partsOf(algorithms, /[\s,]+/).filter((one) => !possible.includes(one));
}

export function inputOf(draft: IssuerDraft): IssuerInput {
  const algorithms = partsOf(draft.algorithms, /[\s,]+/).filter(isAlgorithm);
  return {
    name: draft.name.trim(),
    issuer: draft.issuer.trim(),
    source: draft.source,
    ...(draft.source === 'jwks' && { jwksUrl: draft.jwksUrl.trim() }),
    ...(draft.source === 'static' && { keys: draft.keys }),
    ...(draft.source === 'secret' && draft.secret !== '' && { secret: draft.secret }),
    audiences: partsOf(draft.audiences, /[\n,]/),
    ...(algorithms.length > 0 && { algorithms }),
    leewaySeconds: Number(draft.leeway),
    requiredClaims: partsOf(draft.claims, /\n/).map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? { claim: line } : { claim: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
    }),
    tenantClaim: draft.tenantClaim.trim(),
  };
}

/** Is all there that the source needs? The secret of one that has a secret may stay as it is. */
export function isComplete(draft: IssuerDraft, before: JwtIssuerRow | undefined): boolean {
  const { source } = draft;
  return (
    draft.name.trim() !== '' &&
    draft.issuer.trim() !== '' &&
    draft.audiences.trim() !== '' &&
    draft.tenantClaim.trim() !== '' &&
    /^\d{1,3}$/.test(draft.leeway) &&
    Number(draft.leeway) <= 300 &&
    unknownAlgorithms(draft).length === 0 &&
    (source !== 'jwks' || draft.jwksUrl.trim() !== '') &&
    (source !== 'static' || draft.keys.trim() !== '') &&
    (source !== 'secret' || draft.secret !== '' || before?.source === 'secret')
  );
}
