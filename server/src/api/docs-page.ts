import { createHash } from 'node:crypto';
import type { Route } from '@bellhop/shared';
import { routes } from '@bellhop/shared';

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  td { border-top: 1px solid #8884; padding: .4rem .6rem .4rem 0; vertical-align: top; }
  td:first-child { width: 26rem; } code { overflow-wrap: anywhere; } small { opacity: .7; }
`;

export interface Page {
  readonly html: string;
  /** SHA-256 of the page's style element, base64, for its content security policy. */
  readonly styleHash: string;
}

/** An HTML list of the API, derived from the route table. The details are in /openapi.json. */
export function documentationPage(version: string): Page {
  const byTag = Map.groupBy(Object.values<Route>(routes), ({ tag }) => tag);
  const sections = [...byTag].map(([tag, tagged]) => `<h2>${tag}</h2><table>${tagged.map(row).join('')}</table>`);
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bellhop API</title>
<style>${style}</style>
<h1>Bellhop API <small>${version}</small></h1>
<p>Send an API key as <code>Authorization: Bearer &lt;key&gt;</code> or <code>X-API-Key: &lt;key&gt;</code>. Every error is
a problem document (RFC 9457) that says what to change. Requests and responses in full: <a href="/openapi.json">openapi.json</a>
(OpenAPI 3.1).</p>
${sections.join('\n')}
</html>
`;
  return { html, styleHash: createHash('sha256').update(style).digest('base64') };
}

function row({ method, path, summary, access }: Route): string {
  return `<tr><td><code>${method} ${path}</code><td>${escapeHtml(summary)}<br><small>${access}</small>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
