/** The journeys of dysnomia, in each of its transports. */
import { DYSNOMIA } from './eris.js';
import { describeClient } from './journey.js';

describeClient('dysnomia', 'same connection', DYSNOMIA);
