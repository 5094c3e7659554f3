import { platformIds, platformProfile } from '@bellhop/shared/platforms';
import { Button, Group, NativeSelect } from '@mantine/core';
import { useSearchParams } from 'wouter';
import type { Platform, Provider, Webhook } from '../../../api/resources.ts';

const statuses: Readonly<Record<Webhook['status'], string>> = {
  active: 'Active',
  paused: 'Paused',
  disabled: 'Disabled',
  gone: 'Gone',
};

export interface Wanted {
  readonly status?: Webhook['status'];
  readonly platform?: Platform;
  readonly provider?: string;
}

/** The filters in the page's address; unknown values are ignored. */
export function useWanted(providers: readonly Provider[]) {
  const [search, setSearch] = useSearchParams();
  const status = oneOf(search.get('status'), Object.keys(statuses) as Webhook['status'][]);
  const platform = oneOf(search.get('platform'), platformIds);
  const provider = oneOf(
    search.get('provider'),
    providers.map(({ id }) => id),
  );
  const wanted: Wanted = {
    ...(status ? { status } : {}),
    ...(platform ? { platform } : {}),
    ...(provider ? { provider } : {}),
  };
  const set = (name: keyof Wanted, value: string) => {
    const { [name]: _, ...others } = wanted;
    setSearch({ ...others, ...(value === '' ? {} : { [name]: value }) }, { replace: true });
  };
  return { wanted, set, clear: () => setSearch({}, { replace: true }), some: Object.keys(wanted).length > 0 };
}

function oneOf<Value extends string>(given: string | null, known: readonly Value[]): Value | undefined {
  return known.find((each) => each === given);
}

export function Filters({
  providers,
  chosen: { wanted, set, clear, some },
}: {
  readonly providers: readonly Provider[];
  readonly chosen: ReturnType<typeof useWanted>;
}) {
  return (
    <Group gap="sm" align="flex-end" role="search" aria-label="Webhooks">
      <NativeSelect
        label="State"
        value={wanted.status ?? ''}
        onChange={(event) => set('status', event.currentTarget.value)}
        data={[
          { value: '', label: 'All except gone' },
          ...Object.entries(statuses).map(([value, label]) => ({ value, label })),
        ]}
      />
      <NativeSelect
        label="Platform"
        value={wanted.platform ?? ''}
        onChange={(event) => set('platform', event.currentTarget.value)}
        data={[
          { value: '', label: 'All platforms' },
          ...platformIds.map((id) => ({ value: id, label: platformProfile(id).name })),
        ]}
      />
      <NativeSelect
        label="Provider"
        value={wanted.provider ?? ''}
        onChange={(event) => set('provider', event.currentTarget.value)}
        data={[{ value: '', label: 'All providers' }, ...providers.map(({ id, name }) => ({ value: id, label: name }))]}
      />
      {some && (
        <Button variant="default" onClick={clear}>
          Clear filters
        </Button>
      )}
    </Group>
  );
}
