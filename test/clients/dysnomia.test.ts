/** The journeys and the ordeals of dysnomia, in each of its transports. */
import { DYSNOMIA } from './eris.js';
import { describeFaults } from './faults.js';
import { describeClient } from './journey.js';

describeClient('dysnomia', 'same connection', DYSNOMIA);
describeFaults('dysnomia', DYSNOMIA);
