import { describeStore } from './conformance/index.ts';
import { openEmptyPostgres } from './postgres/support.ts';

describeStore('PostgreSQL', openEmptyPostgres);
