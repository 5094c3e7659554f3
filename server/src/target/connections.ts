import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

type Connector = buildConnector.connector;

const errorsAfterUse = new WeakSet<Error>();

/**
 * True for the error of a connection that had received bytes. If none of them belong to the response of the failed
 * request, the connection had served an earlier request.
 */
export function failedAfterUse(error: Error): boolean {
  return errorsAfterUse.has(error);
}

/** Records errors for {@link failedAfterUse}. */
export function watched(connect: Connector): Connector {
  return (target, callback) => {
    connect(target, (...result) => {
      const [, socket] = result;
      if (socket) watch(socket);
      callback(...result);
    });
  };
}

/** On a TLS connection, Node counts application data only, neither the handshake nor a closing alert. */
function watch(socket: Socket): void {
  // The socket of a tunnel has already received the proxy's response to CONNECT.
  const before = socket.bytesRead;
  // Runs before undici's listener, which passes the error on to the request.
  socket.on('error', (error) => {
    if (socket.bytesRead > before) errorsAfterUse.add(error);
  });
}

/** Counts open and opening connections. */
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
