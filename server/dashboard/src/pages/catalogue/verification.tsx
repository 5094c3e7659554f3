import type { SignatureScheme } from '@bellhop/shared';
import type { LanguageId } from '@bellhop/shared/verification-code';
import { languages, verificationCode } from '@bellhop/shared/verification-code';
import { Code, Stack, Tabs, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { CodeBlock } from '../../parts/code-block.tsx';

/** How the signature is computed, and sample code that verifies it. */
export function Verification({
  scheme,
  optional,
}: {
  readonly scheme: SignatureScheme;
  /** True if only webhooks with a secret are signed. */
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
      {optional && <Text size="sm">Requests are signed if the webhook has a signing secret.</Text>}
      <Text size="sm" className="breaks">
        The header <Code>{scheme.header}</Code> contains {scheme.several ? 'one or more signatures. Each is ' : ''}
        {scheme.prefix && (
          <>
            <Code>{scheme.prefix}</Code> followed by{' '}
          </>
        )}
        the {scheme.encoding} HMAC-SHA256 of <Code>{contentOf(scheme)}</Code>.{' '}
        {scheme.key === 'base64'
          ? 'The key is the part of the secret after whsec_, decoded from base64.'
          : 'The key is the secret itself.'}
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

/** `{id}.{timestamp}.{body}`, with the names of the headers. */
function contentOf({ content, idHeader, timestampHeader }: SignatureScheme): string {
  const names = { id: idHeader ?? 'id', timestamp: timestampHeader ?? 'timestamp', body: 'raw body' };
  return content.map((part) => `{${names[part]}}`).join('.');
}
