import { describeLiveness } from './conformance/index.ts';
import { openEmptyPostgres } from './postgres/support.ts';
import { openFreshSqlite } from './sqlite/support.ts';

describeLiveness('SQLite', openFreshSqlite, [2, 3, 4, 5, 6, 7, 8, 9]);
// Takes ten times as long, most of it spent looking for contradictions.
describeLiveness('PostgreSQL', openEmptyPostgres, [1, 2]);
