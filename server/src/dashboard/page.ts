import { randomBytes } from 'node:crypto';

export interface PageParts {
  /** The path that everything is below: `/`, or `/hooks/`. */
  readonly base: string;
  readonly nonce: string;
}

/** Puts what differs by server and by answer into the page. */
export function fillIn(html: string, { base, nonce }: PageParts): string {
  const parts: Readonly<Record<string, string>> = { '%BASE%': base, '%NONCE%': nonce };
  return html.replaceAll(/%(?:BASE|NONCE)%/g, (name) => escapeHtml(parts[name] ?? ''));
}

/** What stands there when the dashboard was not built. */
export function missingPage(base: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bellhop</title>
<h1>Bellhop</h1>
<p>The dashboard was not built. Run <code>npm run build</code>.</p>
<p>The API is at work: <a href="${escapeHtml(base)}docs">what there is</a>.</p>
</html>
`;
}

/** Lets the styles that the dashboard makes while it runs through its content security policy; new in every answer. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
