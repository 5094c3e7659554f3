import type { ReactNode } from 'react';
import { isProblem } from '../api/problems.ts';
import { Loading } from './loading.tsx';
import { Problem } from './problem.tsx';

interface Reading<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly isError: boolean;
  readonly refetch: () => unknown;
}

/** A query in each of its states: on its way, gone wrong, there. What was there stays when reading it anew goes wrong. */
export function QueryView<Data>({
  query,
  rows,
  children,
}: {
  readonly query: Reading<Data>;
  /** How many rows its outline has. */
  readonly rows?: number;
  readonly children: (data: Data) => ReactNode;
}) {
  const { data, isError, error, refetch } = query;
  if (data === undefined) {
    if (!isError) return <Loading {...(rows === undefined ? {} : { rows })} />;
    // An address that is nobody's at all is refused as bad input. Asking again would find nothing either.
    const missing = isProblem(error, 'not_found') || isProblem(error, 'invalid_input');
    if (missing) return <Problem title="This is not here" error={error} />;
    return <Problem title="This could not be loaded" error={error} onRetry={() => void refetch()} />;
  }
  return (
    <>
      {isError && <Problem title="This may be out of date" error={error} onRetry={() => void refetch()} />}
      {children(data)}
    </>
  );
}
