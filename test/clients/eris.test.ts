/** The journeys and the ordeals of eris, in each of its transports. */
import { ERIS } from './eris.js';
import { describeFaults } from './faults.js';
import { describeClient } from './journey.js';

describeClient('eris', 'same connection', ERIS);
describeFaults('eris', ERIS);
