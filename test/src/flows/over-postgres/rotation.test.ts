import '../../harness/postgres/chosen.ts';
import '../rotation.test.ts';
