import '../../harness/postgres/chosen.ts';
import '../operational.test.ts';
