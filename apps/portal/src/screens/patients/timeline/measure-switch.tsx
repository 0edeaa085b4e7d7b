import { Chip, Group } from '@mantine/core';
import type { Measure } from './use-series.ts';

type Props = { measures: readonly Measure[]; chosen: readonly number[]; onChoose(ids: number[]): void };

/** Which measures are on the time axis. What is not shared says so in its name. */
export function MeasureSwitch({ measures, chosen, onChoose }: Props) {
  return (
    <Chip.Group multiple value={chosen.map(String)} onChange={(ids) => onChoose(ids.map(Number))}>
      <Group gap="xs" role="group" aria-label="Measures on screen" className="no-print">
        {measures.map(({ code, series, shared }) => (
          <Chip key={code.id} value={String(code.id)} variant="outline" size="sm">
            {code.text}
            {!series && (shared ? ' (no readings)' : ' (not shared)')}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}
