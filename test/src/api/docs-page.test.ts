import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ApiStage, operations, routeOf } from './support.ts';

const stage = new ApiStage();

/** A policy's directives by name. */
function policyOf(response: Response): Record<string, string> {
  const directives = (response.headers.get('content-security-policy') ?? '').split(';').map((each) => each.trim());
  return Object.fromEntries(directives.map((each) => [each.split(' ')[0], each.split(' ').slice(1).join(' ')]));
}

const nothing = { 'default-src': "'none'", 'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'" };

describe('GET /docs', () => {
  test('lists every route, without a key', async () => {
    const response = await fetch(`${stage.server.url}/docs`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    for (const { method, path, summary } of operations.map(routeOf)) {
      expect(page).toContain(`<code>${method} ${path}</code>`);
      expect(page).toContain(summary.replaceAll('&', '&amp;').replaceAll('<', '&lt;'));
    }
  });

  test('its content security policy admits its one style and nothing else', async () => {
    const response = await fetch(`${stage.server.url}/docs`);
    const page = await response.text();
    const styles = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style]) => style ?? '');
    expect(styles).toHaveLength(1);
    const hash = createHash('sha256').update(styles.join('')).digest('base64');
    expect(policyOf(response)).toEqual({ ...nothing, 'style-src': `'sha256-${hash}'` });
    expect(page).not.toMatch(/<script|\sstyle=|\son\w+=|<link|<img|@import/);
  });

  test('a browser may neither guess its type nor frame it', async () => {
    const { headers } = await fetch(`${stage.server.url}/docs`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBeTruthy();
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('answers that are data', () => {
  test.each(['/v1/me', '/openapi.json', '/healthz', '/nowhere'])(
    '%s: nothing is loaded or run for them',
    async (path) => {
      expect(policyOf(await fetch(`${stage.server.url}${path}`))).toEqual(nothing);
    },
  );
});

describe('what operations ask for', () => {
  test('GET /healthz and /readyz answer without a key', async () => {
    for (const [path, status] of [
      ['/healthz', 'ok'],
      ['/readyz', 'ready'],
    ]) {
      const response = await fetch(`${stage.server.url}${path}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ status });
    }
  });
});
