// Sets theme and language on <html> before anything is drawn; the same keys as src/preferences/preferences.ts.
(() => {
  const root = document.documentElement;
  let saved = {};
  try {
    saved = JSON.parse(localStorage.getItem('hanok.preferences') || '{}');
  } catch {
    // A broken or forbidden storage means defaults.
  }
  const dark =
    saved.theme === 'dark' || (saved.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  root.lang = saved.locale || (/^ko\b/.test(navigator.language) ? 'ko' : 'en');
})();
