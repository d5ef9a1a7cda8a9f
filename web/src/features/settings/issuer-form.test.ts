import { type JwtIssuerRow, jwtIssuerRequest } from '@hanok/contract';
import { expect, it } from 'vitest';
import { draftOf, inputOf, isComplete, NEW_DRAFT, unknownAlgorithms } from './issuer-form.ts';

const typed = { ...NEW_DRAFT, name: ' IdP ', issuer: 'https://idp.example.com', audiences: 'a, b\nc' };
const row: JwtIssuerRow = {
  id: 'ji_1',
  name: 'IdP',
  issuer: 'iss',
  source: 'secret',
  jwksUrl: null,
  keys: null,
  audiences: ['a', 'b'],
  algorithms: ['HS256'],
  leewaySeconds: 5,
  requiredClaims: [{ claim: 'scope', value: 'a=b' }, { claim: 'sub' }],
  tenantClaim: 'org.id',
  createdAt: '1',
  changedAt: '1',
};

it('makes what the API takes of what is typed', () => {
  expect(jwtIssuerRequest.parse(inputOf(typed))).toEqual({
    name: 'IdP',
    issuer: 'https://idp.example.com',
    source: 'discovery',
    audiences: ['a', 'b', 'c'],
    leewaySeconds: 30,
    requiredClaims: [],
    tenantClaim: 'tenantId',
  });
  expect(inputOf({ ...typed, algorithms: 'RS256, ES256' }).algorithms).toEqual(['RS256', 'ES256']);
});

it('shows an issuer as it can be saved again, without its secret', () => {
  const draft = draftOf(row);
  expect(draft).toMatchObject({ secret: '', algorithms: '', claims: 'scope=a=b\nsub' });
  expect(inputOf(draft)).toMatchObject({ requiredClaims: row.requiredClaims, leewaySeconds: 5, tenantClaim: 'org.id' });
  expect(inputOf(draft)).not.toHaveProperty('secret');
  expect(isComplete(draft, row)).toBe(true);
  expect(isComplete(draft, undefined)).toBe(false);
});

it('knows what is missing or cannot be', () => {
  expect(isComplete(typed, undefined)).toBe(true);
  expect(isComplete({ ...typed, audiences: ' ' }, undefined)).toBe(false);
  expect(isComplete({ ...typed, leeway: '301' }, undefined)).toBe(false);
  expect(isComplete({ ...typed, source: 'jwks' }, undefined)).toBe(false);
  expect(isComplete({ ...typed, source: 'static' }, undefined)).toBe(false);
  expect(unknownAlgorithms({ ...typed, algorithms: 'RS256 HS256 none' })).toEqual(['HS256', 'none']);
});
