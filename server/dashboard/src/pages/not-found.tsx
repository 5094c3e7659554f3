import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { Empty } from '../parts/empty.tsx';
import { Page } from '../parts/page.tsx';

export default function NotFound() {
  return (
    <Page title="Page not found">
      <Empty
        icon="alert"
        title="There is no page at this address"
        action={
          <Button component={Link} href="/webhooks">
            Go to webhooks
          </Button>
        }
      >
        It may have been deleted, or the link may be incomplete.
      </Empty>
    </Page>
  );
}
