import { styleText } from 'node:util';

export type Paint = (style: 'bold' | 'dim' | 'green' | 'red', text: string) => string;

/** Colours on a terminal, unless NO_COLOR (https://no-color.org) asks for none; plain text everywhere else. */
export function painter(terminal: boolean, environment: NodeJS.ProcessEnv): Paint {
  if (!terminal || environment.NO_COLOR) return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}
