import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The exchange that `vite dev` passes calls on to. Its portal client must know the dev server's address to sign in.
const exchange = 'http://localhost:8000';

export default defineConfig({
  base: '/portal/',
  plugins: [react()],
  build: {
    target: 'es2023',
    // Inlined files would be data: addresses, which the page's policy does not allow for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    // What others wrote changes seldom and stays in the browser's cache; the chart comes when a chart is shown.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'vendor', test: /node_modules[\\/](?!uplot)/ }] } },
    },
  },
  server: { proxy: { '/api': exchange, '/o': exchange } },
});
