import '../../harness/postgres/chosen.ts';
import '../operate.test.ts';
