/** The journeys of dysnomia, in each of its transports; and the way to point it that docs/clients.md shows. */
import { DYSNOMIA, startDysnomia } from './eris.js';
import { describeClient } from './journey.js';
import { testRow } from './page.js';

testRow('@projectdysnomia/dysnomia', /^\| dysnomia +\| `new Client\(token, (.*)\)` *\|$/m, startDysnomia);
describeClient('dysnomia', 'same connection', DYSNOMIA);
