/** The first journey of detritus-client-socket, in each of its transports; a lost session it does not get over. */
import { DETRITUS } from './detritus.js';
import { describeClient } from './journey.js';

describeClient('detritus-client-socket', 'nowhere', DETRITUS);
