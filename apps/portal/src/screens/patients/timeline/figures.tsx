import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { memo } from 'react';
import type { Band } from './glucose-bands.ts';
import { percentText, type Summary, sufficiencyText, valueText } from './summary.ts';

/** The figures of what is on screen, each with its unit, and how much data stands behind them. */
export const Figures = memo(function Figures({
  summary,
  unit,
  bands,
}: {
  summary: Summary;
  unit: string;
  bands: readonly Band[];
}) {
  const { mean, min, max, second } = summary;
  return (
    <Stack gap="md">
      <Group gap="xl" style={{ rowGap: 8 }} align="flex-start">
        <Figure label="Mean" value={valueText(mean, second?.mean, max < 20 ? 1 : 0)} unit={unit} />
        {second ? (
          <>
            <Figure label="Lowest of each" value={valueText(min, second.min)} unit={unit} />
            <Figure label="Highest of each" value={valueText(max, second.max)} unit={unit} />
          </>
        ) : (
          <Figure label="Lowest to highest" value={`${valueText(min)}–${valueText(max)}`} unit={unit} />
        )}
        <Figure label="Readings" value={summary.count.toLocaleString()} />
        {bands.length > 0 && <Figure label="With data" value={sufficiencyText(summary)} />}
      </Group>
      {bands.length > 0 && <BandShares summary={summary} bands={bands} unit={unit} />}
    </Stack>
  );
});

function Figure({ label, value, unit }: { label: string; value: string; unit?: string }) {
  return (
    <div>
      <Text size="sm" className="quiet">
        {label}
      </Text>
      <Text fz={20} fw={600} lh={1.3}>
        {value}{' '}
        {unit && (
          <Text span size="sm" fw={400} className="quiet">
            {unit}
          </Text>
        )}
      </Text>
    </div>
  );
}

/** Shares of the readings in each band: a bar for the eye, where extremes are striped, and the numbers below. */
function BandShares({ summary, bands, unit }: { summary: Summary; bands: readonly Band[]; unit: string }) {
  return (
    <Stack gap="xs">
      <div className="shares" aria-hidden="true">
        {bands.map(({ name }) => {
          const share = summary.bands[name] ?? 0;
          return share > 0 && <i key={name} data-band={name} style={{ flexGrow: share, flexBasis: 0 }} />;
        })}
      </div>
      <SimpleGrid component="ul" cols={{ base: 2, sm: 5 }} spacing="sm" verticalSpacing={8} m={0} p={0}>
        {bands.map(({ name, label, text }) => (
          <li key={name} style={{ listStyle: 'none' }}>
            <Group gap={8} wrap="nowrap">
              <span className="shares key" aria-hidden="true">
                <i data-band={name} style={{ flexGrow: 1 }} />
              </span>
              <Text>
                {label} <b>{percentText(summary.bands[name] ?? 0)}</b>
              </Text>
            </Group>
            <Text size="sm" className="quiet" pl={24}>{`${text} ${unit}`}</Text>
          </li>
        ))}
      </SimpleGrid>
    </Stack>
  );
}
