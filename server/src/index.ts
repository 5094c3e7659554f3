export { type Clock, SteadyClock } from './clock.ts';
export { type Bellhop, startBellhop } from './compose.ts';
export { type Config, ConfigError, type ConfigFile, parseConfigFile, type Role } from './config.ts';
export { createLog } from './log.ts';
export { loadConfigFile } from './start/config-file.ts';
export type { Store } from './store/contract/index.ts';
export { StoreError } from './store/errors.ts';
