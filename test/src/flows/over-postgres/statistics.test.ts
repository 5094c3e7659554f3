import '../../harness/postgres/chosen.ts';
import '../statistics.test.ts';
