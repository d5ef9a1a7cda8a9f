// Before the server is started: installs once and builds the UI when it changed. `--no-web`: without the UI.
import { ensureInstalled, ensureWebBuilt } from './install.mjs';

ensureInstalled();
if (!process.argv.includes('--no-web')) ensureWebBuilt();
