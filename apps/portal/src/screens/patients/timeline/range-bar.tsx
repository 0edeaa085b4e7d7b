import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import { PRESETS, type PresetKey, type Range } from './range.ts';
import { timeText, zoneText } from './time-text.ts';

type Props = {
  range: Range;
  last: number;
  lastArrival: number | null;
  onPreset(key: PresetKey): void;
  onZoom(from: number, to: number): void;
  onZoomOut(): void;
};

/** How much time is on screen, and moving along it. The clock of all times is named here. */
export function RangeBar({ range, last, lastArrival, onPreset, onZoom, onZoomOut }: Props) {
  const length = range.to - range.from;
  const move = (share: number) => onZoom(range.from + length * share, range.to + length * share);
  return (
    <Group justify="space-between" gap="sm" className="no-print">
      <Group gap="sm">
        <Group gap={0} role="group" aria-label="Time on screen" className="presets">
          {PRESETS.map(({ key, label }) => (
            <UnstyledButton key={key} aria-pressed={range.preset === key} onClick={() => onPreset(key)}>
              {label}
            </UnstyledButton>
          ))}
        </Group>
        <Button.Group>
          <Button variant="default" size="compact-md" onClick={() => move(-0.5)}>
            Earlier
          </Button>
          <Button variant="default" size="compact-md" disabled={range.to >= last} onClick={() => move(0.5)}>
            Later
          </Button>
        </Button.Group>
        {range.preset === null && (
          <Button variant="light" size="compact-md" onClick={onZoomOut}>
            Reset zoom
          </Button>
        )}
      </Group>
      <Text size="sm" className="quiet">
        Last reading {timeText(last)}
        {lastArrival !== null && lastArrival - last > 86_400_000 && ` · arrived ${timeText(lastArrival)}`}
        {' · times in '}
        {zoneText(last)}
      </Text>
    </Group>
  );
}
