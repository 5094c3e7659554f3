import { randomBytes } from 'node:crypto';
import { buildCommand } from '../../dashboard/built.ts';

export interface PageParts {
  /** The path of the dashboard: `/`, or `/hooks/` behind a proxy. */
  readonly base: string;
  readonly nonce: string;
}

export function fillIn(html: string, { base, nonce }: PageParts): string {
  const parts: Readonly<Record<string, string>> = { '%BASE%': base, '%NONCE%': nonce };
  return html.replaceAll(/%(?:BASE|NONCE)%/g, (name) => escapeHtml(parts[name] ?? ''));
}

export function missingPage(base: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bellhop</title>
<h1>Bellhop</h1>
<p>The dashboard is not built. Where Bellhop is installed, run: <code>${escapeHtml(buildCommand)}</code></p>
<p>The API is running: <a href="${escapeHtml(base)}docs">API reference</a>.</p>
</html>
`;
}

/** Allows styles that the dashboard creates at run time under its content security policy; new in every response. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
