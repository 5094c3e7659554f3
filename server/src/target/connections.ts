import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

type Connector = buildConnector.connector;

const endingsAfterUse = new WeakSet<Error>();

/**
 * Whether an error is that of a connection on which bytes had been received before it ended. Where no byte of the
 * answer to a request has come, that says that the connection had served an earlier request.
 */
export function endedAfterUse(error: Error): boolean {
  return endingsAfterUse.has(error);
}

/** Marks the errors that {@link endedAfterUse} knows. */
export function watched(connect: Connector): Connector {
  return (target, callback) => {
    connect(target, (...result) => {
      const [, socket] = result;
      if (socket) watch(socket);
      callback(...result);
    });
  };
}

/** On an encrypted connection Node counts the bytes inside: neither a handshake nor a closing alert is among them. */
function watch(socket: Socket): void {
  // A proxy's answer to CONNECT has been read from the socket of a tunnel.
  const before = socket.bytesRead;
  // Before undici's listener, which passes the same error on to the request.
  socket.on('error', (error) => {
    if (socket.bytesRead > before) endingsAfterUse.add(error);
  });
}

/** Counts the connections that are open or being opened. */
export function counted(connect: Connector, open: { count: number }): Connector {
  const closed = () => {
    open.count--;
  };
  return (target, callback) => {
    open.count++;
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error) closed();
      else socket.once('close', closed);
      callback(...result);
    });
  };
}
