import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import type { Clock } from './clock.ts';
import { PRESETS, type PresetKey, type Range } from './range.ts';
import { aheadText, clockText, timeText } from './time-text.ts';

type Props = {
  range: Range;
  last: number;
  lastArrival: number | null;
  clock: Clock;
  isSelf: boolean;
  onPreset(key: PresetKey): void;
  onZoom(from: number, to: number): void;
  onZoomOut(): void;
};

/** How much time is on screen, and moving along it. The clock of all times is named here. */
export function RangeBar(props: Props) {
  const { range, last, lastArrival, clock, isSelf, onPreset, onZoom, onZoomOut } = props;
  const length = range.to - range.from;
  const move = (share: number) => onZoom(range.from + length * share, range.to + length * share);
  const ahead = clock.whose === 'patient' && !isSelf ? aheadText(clock, range.to) : '';
  return (
    <Group justify="space-between" gap="sm">
      <Group gap="sm" className="no-print">
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
        Last reading {timeText(clock, last)}
        {lastArrival !== null &&
          lastArrival - last > 86_400_000 &&
          ` · arrived ${timeText(clock, lastArrival)}`}
        <br />
        <span data-testid="clock">
          Times on {clockText(clock, range.from, range.to, isSelf)}
          {ahead && ` (${ahead})`}
        </span>
      </Text>
    </Group>
  );
}
