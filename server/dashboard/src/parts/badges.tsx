import { platformProfile } from '@bellhop/shared/platforms';
import { Badge } from '@mantine/core';
import type { Attempt, DeliveryWithAttempts, Platform, Webhook } from '../api/resources.ts';

const webhookStatuses = {
  active: ['Active', 'green'],
  paused: ['Paused', 'orange'],
  disabled: ['Disabled', 'red'],
  gone: ['Gone', 'gray'],
} as const satisfies Record<Webhook['status'], readonly [string, string]>;

export function WebhookStatus({ status }: { readonly status: Webhook['status'] }) {
  const [label, color] = webhookStatuses[status];
  return <Label color={color}>{label}</Label>;
}

const deliveryStatuses = {
  pending: ['Pending', 'brand'],
  held: ['Held', 'orange'],
  delivered: ['Delivered', 'green'],
  exhausted: ['Exhausted', 'red'],
  discarded: ['Discarded', 'gray'],
} as const satisfies Record<DeliveryWithAttempts['status'], readonly [string, string]>;

export function DeliveryStatus({ status }: { readonly status: DeliveryWithAttempts['status'] }) {
  const [label, color] = deliveryStatuses[status];
  return <Label color={color}>{label}</Label>;
}

const outcomes = {
  delivered: ['Delivered', 'green'],
  failed: ['Failed', 'red'],
  throttled: ['Throttled', 'orange'],
  skipped: ['Not sent', 'gray'],
} as const satisfies Record<Attempt['outcome'], readonly [string, string]>;

export function Outcome({ outcome }: { readonly outcome: Attempt['outcome'] }) {
  const [label, color] = outcomes[outcome];
  return <Label color={color}>{label}</Label>;
}

export function PlatformBadge({ platform }: { readonly platform: Platform }) {
  return <Label color="gray">{platformProfile(platform).name}</Label>;
}

export function TestBadge() {
  return <Label color="brand">Test</Label>;
}

function Label({ color, children }: { readonly color: string; readonly children: string }) {
  return (
    <Badge variant="light" color={color} tt="none" fw={600} className="label">
      {children}
    </Badge>
  );
}
