import '../../harness/postgres/chosen.ts';
import '../live-log.test.ts';
