import { Alert, Button, Group, Text } from '@mantine/core';
import { useChange } from '../../../api/queries.ts';
import { counted } from '../../../parts/counted.ts';
import { toast } from '../../../parts/toasts.tsx';
import { useAllowed } from '../../../session/session.tsx';

/** After an outage: one button for every webhook that it disabled. */
export function ResumeAll({ provider }: { readonly provider: string | undefined }) {
  const allowed = useAllowed('webhooks:write');
  const resume = useChange('resumeWebhooks');
  const onSuccess = ({ resumed, more }: { readonly resumed: number; readonly more: boolean }) => {
    const rest = more ? ' There are more: press the button again.' : ' Held deliveries are being sent, oldest first.';
    toast({ kind: 'done', text: `Resumed ${counted(resumed, 'webhook')}.${rest}` });
  };
  return (
    <Alert color="orange">
      <Group justify="space-between">
        <Text size="sm">These webhooks failed too often. Events for them are held until you resume them.</Text>
        <Button
          disabled={!allowed}
          loading={resume.isPending}
          onClick={() => resume.mutate({ body: provider === undefined ? {} : { provider } }, { onSuccess })}
        >
          Resume all
        </Button>
      </Group>
    </Alert>
  );
}
