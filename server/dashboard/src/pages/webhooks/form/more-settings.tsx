import { Paper, Stack } from '@mantine/core';
import type { EventType } from '../../../api/resources.ts';
import { Disclosure } from '../../../parts/disclosure.tsx';
import { AuthenticationFields } from './authentication-fields.tsx';
import { OrderingField, PlatformField, RateLimitField, RetryField } from './delivery-fields.tsx';
import type { FieldsProps } from './fields.ts';
import { FilterField } from './filter-field.tsx';
import { FormatField } from './format-field.tsx';
import { HeaderFields } from './header-fields.tsx';

/** Less common settings. Open initially if the webhook uses any of them. */
export function MoreSettings(
  props: FieldsProps & { readonly sample: EventType | undefined; readonly onProblems: (error: unknown) => void },
) {
  const { provider } = props;
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} component="section">
      <Disclosure label={<h2>More settings</h2>} opened={hasSome(props)}>
        <Stack gap="lg" pt="md">
          {provider.webhooks.authentication.length < 2 && <AuthenticationFields {...props} />}
          {!provider.webhooks.additionalHeaders && <HeaderFields {...props} />}
          <FilterField {...props} key={provider.id} />
          <RetryField {...props} />
          <RateLimitField {...props} />
          <OrderingField {...props} />
          <FormatField {...props} />
          <PlatformField {...props} />
        </Stack>
      </Disclosure>
    </Paper>
  );
}

function hasSome({ webhook, provider }: FieldsProps): boolean {
  if (!webhook) return false;
  const { authentication, headers, filter, retry, rate_limit, ordering, format } = webhook;
  const hidden = provider.webhooks;
  return (
    (hidden.authentication.length < 2 && authentication.type !== 'none') ||
    (!hidden.additionalHeaders && Object.keys(headers).length > 0) ||
    [filter, retry, rate_limit].some((each) => each !== null) ||
    ordering !== 'parallel' ||
    format !== 'provider'
  );
}
