import '../../harness/postgres/chosen.ts';
import '../lanes.test.ts';
