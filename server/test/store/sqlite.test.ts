import { describeLiveness, describeStore } from './conformance/index.ts';
import { openFreshSqlite } from './sqlite/support.ts';

describeStore('SQLite', openFreshSqlite);
describeLiveness('SQLite', openFreshSqlite, [1]);
