import type { JsonValue } from '@bellhop/shared';
import { Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Setting } from './settings-schema.ts';

interface FieldProps {
  readonly setting: Setting;
  readonly value: JsonValue | undefined;
  readonly onChange: (value: JsonValue) => void;
  readonly disabled: boolean;
  readonly error: string | undefined;
}

/** The input for one setting, chosen by its schema. */
export function SettingField(props: FieldProps) {
  const { setting, value, onChange, ...others } = props;
  const { label, description, kind, nullable } = setting;
  const common = { label, description, ...others };
  switch (kind) {
    case 'texts':
      return <Texts {...props} />;
    case 'switch':
      return (
        <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
      );
    case 'text':
    case 'number':
      return (
        <TextInput
          {...common}
          type={kind}
          value={typeof value === 'string' || typeof value === 'number' ? value : ''}
          onChange={({ currentTarget: { value: text } }) =>
            onChange(text === '' && nullable ? null : kind === 'number' && text !== '' ? Number(text) : text)
          }
        />
      );
    case 'json':
      return <AsJson {...props} />;
  }
}

function Texts({ setting: { label, description, nullable, suggestions }, value, onChange, ...others }: FieldProps) {
  const texts = Array.isArray(value) ? value.map(String) : [];
  return (
    <TagsInput
      {...others}
      label={label}
      description={description}
      placeholder={texts.length === 0 && nullable ? 'All' : ''}
      data={[...suggestions]}
      value={texts}
      onChange={(chosen) => onChange(chosen.length === 0 && nullable ? null : chosen)}
      // A name can contain a comma.
      splitChars={[]}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label}` }}
    />
  );
}

/** The fallback: the value as JSON. Text that is not JSON is sent as text, for the server to reject. */
function AsJson({ setting: { label, description }, value, onChange, ...others }: FieldProps) {
  const [text, setText] = useState(() => JSON.stringify(value ?? null, null, 2));
  const change = (written: string) => {
    setText(written);
    try {
      onChange(JSON.parse(written) as JsonValue);
    } catch {
      onChange(written);
    }
  };
  return (
    <Textarea
      {...others}
      label={label}
      description={description ?? 'As JSON.'}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      rows={4}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
  );
}
