/** The journeys of @discordjs/ws 2, in each of its transports. */
import { DISCORDJS_WS } from './discordjs-ws.js';
import { describeClient } from './journey.js';

describeClient('@discordjs/ws', 'new connection', DISCORDJS_WS);
