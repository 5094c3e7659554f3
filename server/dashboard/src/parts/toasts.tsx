import { Notification, Stack } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { Icon } from '../shell/icons.tsx';

export interface Toast {
  readonly kind: 'done' | 'problem';
  readonly text: string;
}

interface Shown extends Toast {
  readonly id: number;
}

const shownMs = 6000;

let shown: readonly Shown[] = [];
let last = 0;
const listeners = new Set<() => void>();

export function toast(given: Toast): void {
  last += 1;
  const id = last;
  set([...shown.slice(-2), { ...given, id }]);
  setTimeout(() => dismiss(id), shownMs);
}

function dismiss(id: number): void {
  set(shown.filter((each) => each.id !== id));
}

function set(toasts: readonly Shown[]): void {
  shown = toasts;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, () => shown);
  return (
    <Stack className="toasts" role="status" aria-live="polite" gap="xs">
      {toasts.map(({ id, kind, text }) => (
        <Notification
          key={id}
          // The live region around it announces it; an alert inside would interrupt and be announced twice.
          role="group"
          color={kind === 'done' ? 'green' : 'red'}
          icon={<Icon name={kind === 'done' ? 'check' : 'alert'} />}
          withBorder
          onClose={() => dismiss(id)}
          closeButtonProps={{ 'aria-label': 'Dismiss' }}
        >
          {text}
        </Notification>
      ))}
    </Stack>
  );
}
