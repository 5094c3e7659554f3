import { existsSync } from 'node:fs';
import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';

/* A server's configuration with what own-faults.long.test.ts breaks. */

const { FAULT_FILE = '', FAULT_PROXY, FAULT_NAME_SERVER = '', FAULT_WITHOUT = '' } = process.env;

/** While the file exists, the provider's file has a bug. */
function breakable(provider: Provider): Provider {
  return {
    ...provider,
    envelope: (...event) => {
      if (existsSync(FAULT_FILE)) throw new TypeError('duration is undefined');
      return provider.envelope(...event);
    },
  };
}

const missing = FAULT_WITHOUT.split(',');

export default {
  providers: builtInProviders.filter(({ id }) => !missing.includes(id)).map(breakable),
  targets: {
    allow: ['127.0.0.0/8', '2001:db8::/32'],
    nameServers: [FAULT_NAME_SERVER],
    ...(FAULT_PROXY ? { proxy: { url: FAULT_PROXY, resolve: 'proxy' } } : {}),
  },
};
