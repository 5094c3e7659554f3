import type { JsonValue, OperationInput, OperationOutput } from '@bellhop/shared';
import { evaluateFilter, parseFilter } from '@bellhop/shared';
import { invalidInput } from '../problem.ts';
import type { SampleParts } from './samples.ts';
import { sampleEvent } from './samples.ts';

type Question = OperationInput<'testFilter'>['body'];

/**
 * Evaluates a filter on given data, or on the sample of an event type, prepared by the organization's settings.
 *
 * @throws {ProblemError} `invalid_input`, when the filter is invalid or the catalogue has no such event type.
 */
export async function tryFilter(
  parts: Pick<SampleParts, 'catalogue' | 'store'>,
  organizationId: string,
  { filter, data, provider = '', event = '' }: Question,
  now: number,
): Promise<OperationOutput<'testFilter'>> {
  const parsed = parseFilter(filter);
  if (!parsed.ok) throw invalidInput([{ field: 'filter', message: parsed.problem }]);
  const sample = data ? undefined : await sampleEvent(parts, { organizationId, provider, type: event, now });
  const evaluated: JsonValue = sample ? JSON.parse(sample.data) : (data ?? {});
  return evaluateFilter(parsed.filter, evaluated);
}
