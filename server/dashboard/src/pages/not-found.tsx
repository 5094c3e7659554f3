import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { Empty } from '../parts/empty.tsx';
import { Page } from '../parts/page.tsx';

export default function NotFound() {
  return (
    <Page title="Nothing here">
      <Empty
        icon="alert"
        title="There is no page at this address"
        action={
          <Button component={Link} href="/webhooks">
            Go to the webhooks
          </Button>
        }
      >
        It may have been deleted, or the link may be incomplete.
      </Empty>
    </Page>
  );
}
