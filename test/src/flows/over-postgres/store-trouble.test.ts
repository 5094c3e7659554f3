import '../../harness/postgres/chosen.ts';
import '../store-trouble.test.ts';
