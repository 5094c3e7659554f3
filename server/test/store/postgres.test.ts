import { describeStore } from './conformance/index.ts';
import { openFreshPostgres } from './postgres/support.ts';

// Each course takes some ten times as long as over SQLite, most of it spent looking for contradictions.
describeStore('PostgreSQL', openFreshPostgres, 3);
