import type { Point } from '@jhe/client';
import { Table } from '@mantine/core';
import { memo } from 'react';
import { type Band, bandOf } from './glucose-bands.ts';
import { numberText, percentText, summarize } from './summary.ts';
import { dayText, timeText } from './time-text.ts';

type Props = { name: string; unit: string; points: readonly Point[]; bands: readonly Band[] };

/** More readings than this are shown a day a row. */
const EACH_AT_MOST = 300;

/** The same readings in a table: one by one when they are few, day by day when they are many. */
export const ReadingsTable = memo(function ReadingsTable({ name, unit, points, bands }: Props) {
  return points.length <= EACH_AT_MOST ? (
    <Table horizontalSpacing="md" captionSide="top">
      <Table.Caption>{`${name}, each reading`}</Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Time</Table.Th>
          <Table.Th ta="right">{unit}</Table.Th>
          {bands.length > 0 && <Table.Th>Range</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {points.map(([at, value]) => (
          <Table.Tr key={at}>
            <Table.Td>{timeText(at)}</Table.Td>
            <Table.Td ta="right">{numberText(value)}</Table.Td>
            {bands.length > 0 && <Table.Td>{bandOf(bands, value)?.label}</Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  ) : (
    <DaysTable name={name} unit={unit} points={points} bands={bands} />
  );
});

function DaysTable({ name, unit, points, bands }: Props) {
  const days = Map.groupBy(points, ([at]) => new Date(at).setHours(0, 0, 0, 0));
  return (
    <Table horizontalSpacing="md" captionSide="top">
      <Table.Caption>{`${name} in ${unit}, day by day`}</Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Day</Table.Th>
          <Table.Th ta="right">Mean</Table.Th>
          <Table.Th ta="right">Lowest</Table.Th>
          <Table.Th ta="right">Highest</Table.Th>
          {bands.length > 0 && <Table.Th ta="right">In range</Table.Th>}
          <Table.Th ta="right">Readings</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {[...days].reverse().map(([day, readings]) => {
          const summary = summarize(readings, bands, day, readings.at(-1)?.[0] ?? day);
          return summary ? (
            <Table.Tr key={day}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{dayText(day)}</Table.Td>
              <Table.Td ta="right">{numberText(summary.mean, 0)}</Table.Td>
              <Table.Td ta="right">{numberText(summary.min)}</Table.Td>
              <Table.Td ta="right">{numberText(summary.max)}</Table.Td>
              {bands.length > 0 && (
                <Table.Td ta="right">{percentText(summary.bands['in-range'] ?? 0)}</Table.Td>
              )}
              <Table.Td ta="right">{summary.count.toLocaleString()}</Table.Td>
            </Table.Tr>
          ) : null;
        })}
      </Table.Tbody>
    </Table>
  );
}
