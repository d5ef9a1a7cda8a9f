import type { MeResponse, TenantPermission } from '@hanok/contract';
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { lacking } from '../api/may.ts';
import { useMe, useTenant } from '../api/tenant.ts';
import { sectionsFor } from '../features/settings/sections.ts';
import type { MessageId } from '../i18n/index.ts';
import type { IconName } from '../kit/icon.tsx';

export interface Section {
  readonly id: 'home' | 'services' | 'traces' | 'logs' | 'metrics' | 'settings';
  readonly label: MessageId;
  readonly icon: IconName;
  readonly keys: string;
  /** Whoever lacks one of these is not shown the section, and at its address is told why. */
  readonly permissions: readonly TenantPermission[];
}

/** The rooms of the instance, in the order of the rail. */
export const SECTIONS: readonly Section[] = [
  { id: 'home', label: 'app.nav.home', icon: 'home', keys: 'g h', permissions: ['services.read', 'ingest.read'] },
  { id: 'services', label: 'app.nav.services', icon: 'services', keys: 'g s', permissions: ['services.read'] },
  { id: 'traces', label: 'app.nav.traces', icon: 'traces', keys: 'g t', permissions: ['traces.read'] },
  { id: 'logs', label: 'app.nav.logs', icon: 'logs', keys: 'g l', permissions: ['logs.read'] },
  { id: 'metrics', label: 'app.nav.metrics', icon: 'metrics', keys: 'g m', permissions: ['metrics.read'] },
  { id: 'settings', label: 'app.nav.settings', icon: 'settings', keys: 'g ,', permissions: [] },
];

/** Screens about the installation, for its operators. */
export const OPERATOR_SECTIONS = [
  { to: '/operator/tenants', label: 'app.operator.tenants', icon: 'tenants' },
] as const satisfies ReadonlyArray<{ readonly to: string; readonly label: MessageId; readonly icon: IconName }>;

/** What the navigation shows of them. Where nothing is known of the reader yet, and where a tenant is closed, all of it. */
export const openSections = (me: MeResponse | undefined): readonly Section[] =>
  me?.tenant?.role == null ? SECTIONS : SECTIONS.filter(({ permissions }) => lacking(me, permissions).length === 0);

/** Where a section's link leads; that of the settings to the first one which the reader may see. */
export function sectionTarget(id: Section['id'], tenant: string, me?: MeResponse) {
  if (id === 'settings') {
    const first = me?.tenant?.id === tenant ? sectionsFor(me, tenant)[0] : undefined;
    return { to: '/t/$tenant/settings/$section', params: { tenant, section: first?.id ?? 'keys' } } as const;
  }
  return { to: `/t/$tenant/${id}`, params: { tenant } } as const;
}

export function useGoTo(): (id: Section['id']) => void {
  const navigate = useNavigate();
  const tenant = useTenant();
  const me = useMe();
  return useCallback((id) => void navigate(sectionTarget(id, tenant, me)), [navigate, tenant, me]);
}
