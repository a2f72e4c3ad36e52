/**
 * Start of the page.
 */
import { render } from 'preact';
import { loadWords } from './data/words.js';
import { startAddress } from './state/address.js';
import { startLive } from './state/live.js';
import { startTheme } from './state/settings.js';
import { Shell } from './views/shell.js';

const place = document.getElementById('page');
if (place !== null) {
  startTheme();
  startAddress();
  startLive();
  render(<Shell />, place);
  void loadWords();
}
