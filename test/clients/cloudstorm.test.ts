/** The journeys of CloudStorm, in each of its transports. */
import { CLOUDSTORM } from './cloudstorm.js';
import { describeClient } from './journey.js';

describeClient('cloudstorm', 'same connection', CLOUDSTORM);
