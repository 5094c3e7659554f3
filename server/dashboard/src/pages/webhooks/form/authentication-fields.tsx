import { Button, Group, Input, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { problemAt } from '../../../api/problems.ts';
import { SecretInput } from '../../../parts/secret-input.tsx';
import type { AuthenticationDraft, AuthenticationKind } from './draft.ts';
import { noAuthentication } from './draft.ts';
import type { FieldsProps } from './fields.ts';

const kinds: Readonly<Record<AuthenticationKind, { readonly label: string; readonly hint: string }>> = {
  none: { label: 'None', hint: 'Requests carry no credentials.' },
  basic: { label: 'Basic (username and password)', hint: 'Sent as “Authorization: Basic …” with every request.' },
  api_key: { label: 'API key', hint: 'Sent as “X-API-KEY: …” with every request.' },
  bearer: { label: 'Bearer token', hint: 'Sent as “Authorization: Bearer …” with every request.' },
};

const all = Object.keys(kinds) as AuthenticationKind[];

/** How requests authenticate to the receiver. Saved credentials are not shown, but can be replaced. */
export function AuthenticationFields(props: FieldsProps) {
  const { draft, change, webhook, problems } = props;
  const saved = webhook && webhook.authentication.type !== 'none' ? webhook.authentication : undefined;
  if (saved && draft.authentication.kept) {
    return (
      <SavedAuthentication
        label={kinds[saved.type].label}
        username={saved.username}
        error={problems.authentication}
        onReplace={() => change({ authentication: { ...draft.authentication, kept: false } })}
      />
    );
  }
  return (
    <Stack gap="sm">
      <KindField {...props} />
      <SecretPart {...props} />
      {saved && (
        <KeepButton
          what="authentication"
          onKeep={() =>
            change({
              authentication: { ...noAuthentication, kind: saved.type, username: saved.username ?? '', kept: true },
            })
          }
        />
      )}
    </Stack>
  );
}

function SavedAuthentication({
  label,
  username,
  error,
  onReplace,
}: {
  readonly label: string;
  readonly username: string | undefined;
  readonly error: string | undefined;
  readonly onReplace: () => void;
}) {
  return (
    <div>
      <Text size="sm" fw={600}>
        Authentication
      </Text>
      <Group justify="space-between">
        <Text size="sm" className="breaks">
          {label}
          {username === undefined ? '' : `, username ${username}`}: ********
        </Text>
        <Button size="xs" variant="default" onClick={onReplace} aria-label="Replace authentication">
          Replace
        </Button>
      </Group>
      {error && (
        <Input.Error data-problem tabIndex={-1}>
          {error}
        </Input.Error>
      )}
      <Text size="sm" c="dimmed">
        Saved credentials are not shown. They are kept unless you replace them, or the URL moves to another host.
      </Text>
    </div>
  );
}

/** Undoes replacing a saved value. */
export function KeepButton({ what, onKeep }: { readonly what: string; readonly onKeep: () => void }) {
  return (
    <div>
      <Button size="xs" variant="default" onClick={onKeep}>
        Keep the saved {what}
      </Button>
    </div>
  );
}

/** Shows the kinds that the provider offers, and all kinds on request. */
function KindField({ draft, change, provider, problems }: FieldsProps) {
  const [everyKind, setEveryKind] = useState(false);
  const offered = provider.webhooks.authentication;
  const { kind } = draft.authentication;
  const shown = all.filter((each) => everyKind || offered.length < 2 || offered.includes(each) || each === kind);
  return (
    <div>
      <NativeSelect
        label="Authentication"
        description={kinds[kind].hint}
        value={kind}
        onChange={(event) => {
          const wanted = event.currentTarget.value as AuthenticationKind;
          change({ authentication: { ...draft.authentication, kind: wanted } });
        }}
        data={shown.map((each) => ({ value: each, label: kinds[each].label }))}
        error={problems.authentication ?? problems['authentication.type']}
      />
      {shown.length < all.length && (
        <Button size="compact-sm" variant="subtle" mt={4} onClick={() => setEveryKind(true)}>
          Show all kinds of authentication
        </Button>
      )}
    </div>
  );
}

function SecretPart({ draft, change, problems }: FieldsProps) {
  const { authentication } = draft;
  const set = (changes: Partial<AuthenticationDraft>) => change({ authentication: { ...authentication, ...changes } });
  const secret = (name: 'password' | 'key' | 'token', label: string) => (
    <SecretInput
      label={label}
      value={authentication[name]}
      onChange={(value) => set({ [name]: value })}
      error={problemAt(problems, `authentication.${name}`)}
    />
  );
  if (authentication.kind === 'api_key') return secret('key', 'API key');
  if (authentication.kind === 'bearer') return secret('token', 'Token');
  if (authentication.kind === 'none') return null;
  return (
    <>
      <TextInput
        label="Username"
        value={authentication.username}
        onChange={(event) => set({ username: event.currentTarget.value })}
        error={problemAt(problems, 'authentication.username')}
        autoComplete="off"
        spellCheck={false}
      />
      {secret('password', 'Password')}
    </>
  );
}
