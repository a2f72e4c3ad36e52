/** The journeys and the ordeals of discord.js, in each of its transports. */
import { DISCORD_JS } from './discord-js.js';
import { describeFaults } from './faults.js';
import { describeClient } from './journey.js';

describeClient('discord.js', 'new connection', DISCORD_JS);
describeFaults('discord.js', DISCORD_JS);
