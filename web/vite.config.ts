import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compiledMessages } from './build/messages.ts';
import { precompress } from './build/precompress.ts';

const backend = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), compiledMessages(), precompress()],
  server: { port: 5173, proxy: { '/api': backend, '/health': backend } },
  build: {
    target: 'es2022',
    manifest: true,
    // Inlined assets would need `data:` in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Stable vendor chunks: a release of ours leaves them in the browser's cache.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 3 },
            {
              name: 'tanstack',
              test: /node_modules[\\/]@tanstack[\\/](react-router|router-core|history|react-query|query-core|react-store|store)[\\/]/,
              priority: 2,
            },
          ],
        },
      },
    },
  },
});
