import { afterAll, afterEach } from 'vitest';
import { endOfFile, endOfTest } from './cleanup.ts';

/** Runs before every test file: modules are shared between the files of a worker, hooks are not. */
afterEach(endOfTest);
afterAll(endOfFile);
