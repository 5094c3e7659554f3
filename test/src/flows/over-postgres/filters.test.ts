import '../../harness/postgres/chosen.ts';
import '../filters.test.ts';
