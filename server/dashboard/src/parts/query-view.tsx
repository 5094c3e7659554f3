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

/** Shows a query as loading, failed or loaded. Old data stays on screen when a refresh fails. */
export function QueryView<Data>({
  query,
  rows,
  children,
}: {
  readonly query: Reading<Data>;
  /** Rows of the skeleton. */
  readonly rows?: number;
  readonly children: (data: Data) => ReactNode;
}) {
  const { data, isError, error, refetch } = query;
  if (data === undefined) {
    if (!isError) return <Loading {...(rows === undefined ? {} : { rows })} />;
    // A malformed id in the address is answered as invalid input. A retry would not help.
    const missing = isProblem(error, 'not_found') || isProblem(error, 'invalid_input');
    if (missing) return <Problem title="Not found" error={error} />;
    return <Problem title="Could not load this" error={error} onRetry={() => void refetch()} />;
  }
  return (
    <>
      {isError && <Problem title="This may be out of date" error={error} onRetry={() => void refetch()} />}
      {children(data)}
    </>
  );
}
