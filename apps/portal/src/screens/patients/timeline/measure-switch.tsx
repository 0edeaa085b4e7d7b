import { Chip, Group } from '@mantine/core';
import { type Measure, opennessText } from './measures.ts';

type Props = { measures: readonly Measure[]; chosen: readonly number[]; onChoose(ids: number[]): void };

/** Which measures are on the time axis. What has nothing to show says in its name why. */
export function MeasureSwitch({ measures, chosen, onChoose }: Props) {
  return (
    <Chip.Group multiple value={chosen.map(String)} onChange={(ids) => onChoose(ids.map(Number))}>
      <Group gap="xs" role="group" aria-label="Measures on screen" className="no-print">
        {measures.map(({ code, openness }) => {
          const why = opennessText(openness);
          return (
            <Chip key={code.id} value={String(code.id)} variant="outline" size="sm">
              {code.text}
              {why && ` (${why})`}
            </Chip>
          );
        })}
      </Group>
    </Chip.Group>
  );
}
