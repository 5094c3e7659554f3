import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { afterEach, beforeAll, expect } from 'vitest';
import type { TestOptions } from '../../harness/bellhop.ts';
import { Stage } from '../../harness/stage.ts';
import { sharedBrowser } from './chromium.ts';

/** A server and a browser for a suite. What goes wrong in a page fails the test that opened it. */
export class Desk extends Stage {
  #browser: Browser | undefined;
  #contexts: BrowserContext[] = [];
  readonly #wrong: string[] = [];
  /** Names of things that a test provokes on purpose, as they appear in the browser's console. */
  #expected: readonly RegExp[] = [];

  constructor(options: TestOptions = {}) {
    super(options);
    beforeAll(async () => {
      this.#browser = await sharedBrowser();
    }, 120_000);
    afterEach(async () => {
      await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
      const wrong = this.#wrong.splice(0).filter((line) => !this.#expected.some((pattern) => pattern.test(line)));
      this.#expected = [];
      expect(wrong).toEqual([]);
    });
  }

  /** Says that the browser's console may tell of this during the test. */
  expectInConsole(...patterns: readonly RegExp[]): void {
    this.#expected = [...this.#expected, ...patterns];
  }

  /**
   * A page of somebody new. A request to another host than the server fails the test; the browser resolves no names.
   *
   * @param others origins that may be asked as well
   */
  async visitor(options: BrowserContextOptions = {}, others: readonly string[] = []): Promise<Page> {
    if (!this.#browser) throw new Error('The browser is not there before the suite began.');
    const context = await this.#browser.newContext({
      baseURL: this.server.url,
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(60_000);
    // Interception would load every page without the browser's cache.
    const called = (request: Request) => {
      const url = new URL(request.url());
      const isKnown = url.origin === this.server.url || others.includes(url.origin);
      if (url.protocol.startsWith('http') && !isKnown) this.#wrong.push(`called another host: ${url.href}`);
    };
    context.on('response', (response) => called(response.request()));
    context.on('requestfailed', (request) => {
      if (request.failure()?.errorText !== 'csp') called(request);
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.#wrong.push(`script error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#wrong.push(`console: ${message.text()}`);
    });
    return page;
  }

  /** A page of somebody who is signed in with an API key. */
  async signedIn(apiKey: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.visitor(options);
    const response = await page.request.post('/v1/session', {
      headers: { 'Bellhop-Request': 'dashboard' },
      data: { api_key: apiKey },
    });
    expect(response.status()).toBe(201);
    return page;
  }
}
