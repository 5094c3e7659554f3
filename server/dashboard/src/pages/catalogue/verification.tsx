import type { SignatureScheme } from '@bellhop/shared';
import type { LanguageId } from '@bellhop/shared/verification-code';
import { languages, verificationCode } from '@bellhop/shared/verification-code';
import { Code, Stack, Tabs, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { CodeBlock } from '../../parts/code-block.tsx';

/** How a signature is made, and programs that check it. */
export function Verification({
  scheme,
  optional,
}: {
  readonly scheme: SignatureScheme;
  /** Whether there is one only when the webhook has a secret. */
  readonly optional: boolean;
}) {
  const [chosen, choose] = useLocalStorage<LanguageId>({
    key: 'bellhop-language',
    defaultValue: languages[0].id,
    getInitialValueInEffect: false,
  });
  const language = languages.find(({ id }) => id === chosen) ?? languages[0];
  return (
    <Stack gap="sm">
      {optional && <Text size="sm">Requests are signed once the webhook has a signing secret.</Text>}
      <Text size="sm" className="breaks">
        The header <Code>{scheme.header}</Code> holds {scheme.several ? 'one signature or several: each is ' : ''}
        {scheme.prefix && (
          <>
            <Code>{scheme.prefix}</Code> and{' '}
          </>
        )}
        the {scheme.encoding} HMAC-SHA256 of <Code>{contentOf(scheme)}</Code>.{' '}
        {scheme.key === 'base64'
          ? 'The key is what follows whsec_ in the secret, decoded from base64.'
          : 'The key is the secret as it is.'}
      </Text>
      <Tabs value={language.id} onChange={(id) => choose(id as LanguageId)}>
        <Tabs.List aria-label="Language">
          {languages.map(({ id, label }) => (
            <Tabs.Tab key={id} value={id} px={7}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {languages.map(({ id, label }) => (
          <Tabs.Panel key={id} value={id} pt="sm">
            {id === language.id && <CodeBlock label={`Receiver in ${label}`} text={verificationCode(scheme, id)} />}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}

/** `id.timestamp.body`, each by the name of its header. */
function contentOf({ content, idHeader, timestampHeader }: SignatureScheme): string {
  const names = { id: idHeader ?? 'id', timestamp: timestampHeader ?? 'timestamp', body: 'raw body' };
  return content.map((part) => `{${names[part]}}`).join('.');
}
