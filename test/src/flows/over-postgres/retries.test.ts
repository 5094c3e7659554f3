import '../../harness/postgres/chosen.ts';
import '../retries.test.ts';
