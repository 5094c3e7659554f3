import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

let next: ((socket: Socket) => void) | undefined;

// undici names the connection of a request only here, within the call that announces the request's start.
subscribe('undici:client:sendHeaders', (message) => {
  next?.((message as { readonly socket: Socket }).socket);
  next = undefined;
});

/** Passes on the connection that a request is about to be written to. To be called when undici announces its start. */
export function onRequestSocket(listener: (socket: Socket) => void): void {
  next = listener;
}
