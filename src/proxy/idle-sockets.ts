/**
 * Idle sockets to the API: one on which bytes come while nobody has asked is closed. Else they would be taken for the
 * answer to the next request, whoever sends it (RFC 9112 section 9.2).
 */
import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';

/** The same agent, which keeps only sockets that are silent while they are idle. */
export function closeOnStrayBytes<Kind extends Agent>(agent: Kind): Kind {
  const keep = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => boolean;
  const reuse = agent.reuseSocket.bind(agent);
  const drop = function (this: Duplex): void {
    this.destroy();
  };
  // Returns whether it is kept, which Node's types do not say.
  agent.keepSocketAlive = (socket): boolean => {
    socket.on('data', drop);
    return keep(socket);
  };
  agent.reuseSocket = (socket, request) => {
    socket.off('data', drop);
    reuse(socket, request);
  };
  return agent;
}
