import type { ReactNode } from 'react';
import { Icon } from '../shell/icons.tsx';

/** Something rarer, folded away until it is asked for. What was filled in there stays when it is folded away again. */
export function Disclosure({
  label,
  opened = false,
  children,
}: {
  readonly label: ReactNode;
  /** Whether it is unfolded at first. */
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
