/** Imported before a suite, this makes the suite's servers keep their data in PostgreSQL. */
process.env.BELLHOP_TEST_STORE = 'postgres';
