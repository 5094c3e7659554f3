export { emptyDatabase, freshDatabase } from '@bellhop/server/test/databases';
