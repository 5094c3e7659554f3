import '../../harness/postgres/chosen.ts';
import '../backlog.test.ts';
