import type { Office } from './office.ts';

/** Ends what `office.ts` began, also when tests have failed. */
export default async function closeOffice(): Promise<void> {
  const { bellhopTestDatabases } = globalThis as { bellhopTestDatabases?: Office };
  await bellhopTestDatabases?.close();
}
