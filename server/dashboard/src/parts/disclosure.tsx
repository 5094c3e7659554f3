import type { ReactNode } from 'react';
import { Icon } from '../shell/icons.tsx';

/** A collapsible section. Its fields keep their values while it is closed. */
export function Disclosure({
  label,
  opened = false,
  children,
}: {
  readonly label: ReactNode;
  /** Initial state. Default: closed. */
  readonly opened?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <details className="disclosure" open={opened}>
      <summary>
        <Icon name="forward" size={16} />
        {label}
      </summary>
      <div>{children}</div>
    </details>
  );
}
