import { type MeResponse, PERMISSIONS_OF_OPERATOR_ROLE, PERMISSIONS_OF_TENANT_ROLE } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { SETTINGS_SECTIONS, sectionsFor } from './sections.ts';

const me = (permissions: readonly string[], instancePermissions: readonly string[] = []) =>
  ({ tenant: { permissions }, instancePermissions }) as unknown as MeResponse;
const shown = (who: MeResponse, tenant = 'tenant-a') => sectionsFor(who, tenant).map(({ id }) => id);

describe('sections of the settings', () => {
  it('have addresses of their own', () => {
    expect(new Set(SETTINGS_SECTIONS.map(({ id }) => id)).size).toBe(SETTINGS_SECTIONS.length);
  });
  it('are all shown to an owner, but for those of the installation', () => {
    expect(shown(me(PERMISSIONS_OF_TENANT_ROLE.owner))).toEqual(
      SETTINGS_SECTIONS.filter(({ group }) => group !== 'installation').map(({ id }) => id),
    );
  });
  it('are shown by permission', () => {
    expect(shown(me(['logs.read']))).toEqual(['people']);
    const viewer = shown(me(PERMISSIONS_OF_TENANT_ROLE.viewer));
    for (const id of ['roles', 'tokens', 'posture', 'audit']) expect(viewer).not.toContain(id);
    expect(viewer).toContain('access');
  });
  it('of the installation are shown to operators, in its own tenant alone', () => {
    const operator = me(PERMISSIONS_OF_TENANT_ROLE.viewer, PERMISSIONS_OF_OPERATOR_ROLE.operator);
    expect(shown(operator, 'hanok')).toContain('operators');
    expect(shown(operator, 'tenant-a')).not.toContain('operators');
    expect(shown(me(PERMISSIONS_OF_TENANT_ROLE.owner), 'hanok')).not.toContain('instance-tokens');
  });
});
