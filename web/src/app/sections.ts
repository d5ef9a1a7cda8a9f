import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTenant } from '../api/tenant.ts';
import type { MessageId } from '../i18n/index.ts';
import type { IconName } from '../kit/icon.tsx';

export interface Section {
  readonly id: 'home' | 'services' | 'traces' | 'logs' | 'metrics' | 'settings';
  readonly label: MessageId;
  readonly icon: IconName;
  readonly keys: string;
}

/** The rooms of the instance, in the order of the rail. */
export const SECTIONS: readonly Section[] = [
  { id: 'home', label: 'app.nav.home', icon: 'home', keys: 'g h' },
  { id: 'services', label: 'app.nav.services', icon: 'services', keys: 'g s' },
  { id: 'traces', label: 'app.nav.traces', icon: 'traces', keys: 'g t' },
  { id: 'logs', label: 'app.nav.logs', icon: 'logs', keys: 'g l' },
  { id: 'metrics', label: 'app.nav.metrics', icon: 'metrics', keys: 'g m' },
  { id: 'settings', label: 'app.nav.settings', icon: 'settings', keys: 'g ,' },
];

/** Screens about the installation, for its operators. */
export const OPERATOR_SECTIONS = [
  { to: '/operator/tenants', label: 'app.operator.tenants', icon: 'tenants' },
] as const satisfies ReadonlyArray<{ readonly to: string; readonly label: MessageId; readonly icon: IconName }>;

/** Where a section's link leads. */
export function sectionTarget(id: Section['id'], tenant: string) {
  if (id === 'settings') return { to: '/t/$tenant/settings/$section', params: { tenant, section: 'keys' } } as const;
  return { to: `/t/$tenant/${id}`, params: { tenant } } as const;
}

export function useGoTo(): (id: Section['id']) => void {
  const navigate = useNavigate();
  const tenant = useTenant();
  return useCallback((id) => void navigate(sectionTarget(id, tenant)), [navigate, tenant]);
}
