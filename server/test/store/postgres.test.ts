import { describeStore } from './conformance/index.ts';
import { openEmptyPostgres } from './postgres/support.ts';

// Each course takes some ten times as long as over SQLite, most of it spent looking for contradictions.
describeStore('PostgreSQL', openEmptyPostgres, 3);
