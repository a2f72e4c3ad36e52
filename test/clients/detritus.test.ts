/** The first journey and the ordeals of detritus-client-socket, in each of its transports; a lost session it does not get over. */
import { DETRITUS } from './detritus.js';
import { describeFaults } from './faults.js';
import { describeClient } from './journey.js';

describeClient('detritus-client-socket', 'nowhere', DETRITUS);
describeFaults('detritus', DETRITUS);
