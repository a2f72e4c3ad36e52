/** The journeys and the ordeals of oceanic.js, in each of its transports; and the way to point it that docs/clients.md shows. */
import { OCEANIC, startOceanic } from './oceanic.js';
import { describeFaults } from './faults.js';
import { describeClient } from './journey.js';
import { testRow } from './page.js';

testRow('oceanic.js', /^\| oceanic\.js 1 +\| `new Client\((.*)\)` *\|$/m, startOceanic);
describeClient('oceanic.js', 'same connection', OCEANIC);
describeFaults('oceanic.js', OCEANIC);
