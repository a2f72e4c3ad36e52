/** The journeys and the ordeals of oceanic.js, in each of its transports. */
import { describeFaults } from './faults.js';
import { describeClient } from './journey.js';
import { OCEANIC } from './oceanic.js';

describeClient('oceanic.js', 'same connection', OCEANIC);
describeFaults('oceanic.js', OCEANIC);
