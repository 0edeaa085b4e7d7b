import '@fontsource-variable/source-sans-3/wght.css';
import '@mantine/core/styles.layer.css';
import './shell/style.css';
import { createRoot } from 'react-dom/client';
import { start } from './session.ts';
import { App } from './shell/app.tsx';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(<App first={await start()} />);
