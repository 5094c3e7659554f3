import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import type { CardProps } from './card.tsx';
import { Card } from './card.tsx';
import { UrlConnection } from './url-connection.tsx';

export function CustomCard({ providers }: CardProps) {
  return (
    <Card
      platform="custom"
      title="Custom webhook"
      purpose="Any URL that accepts a POST: your own server, Power Automate, or another service."
      providers={providers}
      steps={[
        <>Have a URL ready that accepts a POST with JSON and responds with a 2xx status.</>,
        <>Paste it here and choose the events.</>,
        <>
          Press <strong>Send a test first</strong> to see the response of your endpoint. Nothing is saved.
        </>,
        <>
          Press <strong>Connect</strong>. The{' '}
          <Anchor component={Link} href="/catalogue" size="sm" underline="always">
            catalogue
          </Anchor>{' '}
          has code that verifies the signature.
        </>,
      ]}
    >
      <UrlConnection platform="custom" providers={providers} placeholder="https://example.com/webhooks" />
    </Card>
  );
}
