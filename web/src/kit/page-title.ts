import { useEffect } from 'react';
import { create } from 'zustand';
import { visibleName } from '../format/visible.ts';

export interface Crumb {
  readonly label: string;
  /** A path below the tenant, for example `/services`. */
  readonly to?: '/t/$tenant/services' | '/t/$tenant/traces' | '/t/$tenant/logs' | '/t/$tenant/metrics';
}

interface PageTitle {
  readonly title: string;
  readonly parent: Crumb | undefined;
}

export const usePageTitleStore = create<PageTitle>(() => ({ title: '', parent: undefined }));

/** Names the screen in the top bar (its `h1`) and in the browser's tab; services and metrics have names that were sent. */
export function usePageTitle(name: string, parent?: Crumb): void {
  const title = visibleName(name);
  const label = parent?.label;
  const to = parent?.to;
  useEffect(() => {
    usePageTitleStore.setState({ title, parent: label ? { label, ...(to ? { to } : {}) } : undefined });
    document.title = `${title} · Hanok`;
  }, [title, label, to]);
}
