import { describeStore } from './conformance/index.ts';
import { openFreshSqlite } from './sqlite/support.ts';

describeStore('SQLite', openFreshSqlite, 12);
