import type { CardProps } from './card.tsx';
import { Card } from './card.tsx';
import { UrlConnection } from './url-connection.tsx';

/** Uses Make's own terms. */
export function MakeCard({ providers }: CardProps) {
  return (
    <Card
      platform="make"
      title="Make"
      purpose="Start a scenario the moment something happens."
      providers={providers}
      steps={[
        <>
          In Make, add <strong>Webhooks</strong>, <strong>Custom webhook</strong> to a scenario. Create a webhook and
          copy its address.
        </>,
        <>
          Paste it here, choose the events, and press <strong>Connect</strong>.
        </>,
        <>
          In Make, choose <strong>Redetermine data structure</strong>. Then press <strong>Send a sample</strong> here.
        </>,
        <>Map the fields in the following modules, and switch the scenario on.</>,
      ]}
    >
      <UrlConnection platform="make" providers={providers} placeholder="https://hook.eu2.make.com/…" />
    </Card>
  );
}
