import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './app/query-client.ts';
import { createAppRouter } from './app/router.tsx';
import { activateLocale, useLocaleGeneration } from './i18n/index.ts';
import { listenToKeyboard } from './keyboard/registry.ts';
import { Toasts } from './kit/toast.tsx';
import { followTheme, usePreferences } from './preferences/preferences.ts';
import './theme/tokens.css';
import './theme/global.css';

const queryClient = createQueryClient(() => {
  const { location } = router.state;
  if (location.pathname !== '/login') void router.navigate({ to: '/login', search: { next: location.href } });
});
const router = createAppRouter(queryClient);

followTheme();
listenToKeyboard();

function App() {
  const locale = useLocaleGeneration();
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider key={locale} router={router} />
      <Toasts />
    </QueryClientProvider>
  );
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
await activateLocale(usePreferences.getState().locale);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
