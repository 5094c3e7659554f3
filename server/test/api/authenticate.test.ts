import type { Request } from 'express';
import { expect, test } from 'vitest';
import { Authenticator } from '../../src/api/authenticate.ts';
import { SteadyClock } from '../../src/clock.ts';
import type { ApiKey } from '../../src/model.ts';
import { FailedAttempts } from '../../src/security/failed-attempts.ts';
import { hashKey } from '../../src/security/keys.ts';
import { SessionCookie } from '../../src/sessions/cookie.ts';

const secret = 'a-key';
const key: ApiKey = {
  id: 'key',
  organizationId: 'org',
  name: 'Key',
  scopes: ['events:write'],
  hash: hashKey(secret),
  preview: '',
  createdAt: 0,
  lastUsedAt: null,
  madeBy: 'root',
  parentId: null,
};
const found = { key, organization: { id: 'org', name: 'Acme', createdAt: 0 } };
const request = { get: (name: string) => (name === 'authorization' ? `Bearer ${secret}` : undefined) } as Request;

/** A store whose answers come when they are asked to. */
class SlowStore {
  readonly looks: ((answer: typeof found | null) => void)[] = [];

  findApiKey(): Promise<typeof found | null> {
    return new Promise((resolve) => {
      this.looks.push(resolve);
    });
  }

  async touchApiKeys(): Promise<void> {}

  async findSession(): Promise<null> {
    return null;
  }
}

function authenticator() {
  const store = new SlowStore();
  const attempts = new FailedAttempts(new SteadyClock(), 60);
  const cookie = new SessionCookie({ secure: false, framed: false });
  const subject = new Authenticator({ store, clock: new SteadyClock(), rootKey: 'the root key', cookie, attempts });
  return { store, subject, authenticate: () => subject.authenticate(request, 'events:write') };
}

test('requests that come with a key at once are one look into the store', async () => {
  const { store, authenticate } = authenticator();
  const callers = Promise.all([authenticate(), authenticate(), authenticate()]);
  expect(store.looks).toHaveLength(1);
  store.looks[0]?.(found);
  expect((await callers).map((caller) => caller?.kind)).toEqual(['key', 'key', 'key']);
  await authenticate();
  expect(store.looks).toHaveLength(1);
});

test('a key that is revoked while it is looked up is not believed by who comes later', async () => {
  const { store, subject, authenticate } = authenticator();
  const before = authenticate();
  subject.forget({ keys: [key.id], links: [] });
  const after = authenticate();
  expect(store.looks).toHaveLength(2);
  store.looks[0]?.(found);
  await before;
  store.looks[1]?.(null);
  await expect(after).rejects.toMatchObject({ code: 'unauthorized' });
  const later = authenticate();
  store.looks[2]?.(null);
  await expect(later).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a look that fails is tried again by the next request', async () => {
  const { store, authenticate } = authenticator();
  const failing = authenticate();
  store.looks[0]?.(Promise.reject(new Error('away')) as never);
  await expect(failing).rejects.toThrow('away');
  const next = authenticate();
  store.looks[1]?.(found);
  expect((await next)?.kind).toBe('key');
});
