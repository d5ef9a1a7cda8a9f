import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connection, followConnection } from './api/connection.ts';
import { onSessionEnded } from './api/session.ts';
import { followStyles } from './app/missed-styles.ts';
import { createQueryClient } from './app/query-client.ts';
import { createAppRouter } from './app/router.tsx';
import { activateLocale, t, useLocaleGeneration } from './i18n/index.ts';
import { listenToKeyboard } from './keyboard/registry.ts';
import { Toasts, toast } from './kit/toast.tsx';
import { followTheme, usePreferences } from './preferences/preferences.ts';
import './theme/tokens.css';
import './theme/global.css';

const queryClient = createQueryClient();
const router = createAppRouter(queryClient);
onSessionEnded(() => {
  // `beforeLoad` leads to the login page by itself while a screen is being opened.
  const { location, status } = router.state;
  if (status === 'pending' || location.pathname === '/login' || location.pathname === '/join') return;
  void router.navigate({ to: '/login', search: { next: location.href, ended: '1' } });
});

// What is on screen is from before; all of it is asked anew at once, whatever was being waited for.
connection.onBack(() => {
  toast(t('app.away.back'));
  void queryClient.invalidateQueries();
});

followTheme();
followConnection();
followStyles();
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
