import type { DayFigures, Point } from '@jhe/client';
import { Table } from '@mantine/core';
import { memo } from 'react';
import { type Clock, dayOf } from './clock.ts';
import { type Band, bandOf } from './glucose-bands.ts';
import { numberText, percentText, type Summary, summarize, summarizeDays, valueText } from './summary.ts';
import { dayText, timeText } from './time-text.ts';

type Props = {
  name: string;
  unit: string;
  parts: readonly string[];
  points: readonly Point[];
  /** There when the points are not all of the readings. */
  days: readonly DayFigures[] | null;
  bands: readonly Band[];
  clock: Clock;
};

/** More readings than this are shown a day a row. */
const EACH_AT_MOST = 300;

/** The same readings in a table: one by one when they are few, day by day when they are many. */
export const ReadingsTable = memo(function ReadingsTable(props: Props) {
  const { name, unit, parts, points, days, bands, clock } = props;
  if (days !== null || points.length > EACH_AT_MOST) return <DaysTable {...props} />;
  return (
    <Table horizontalSpacing="md" captionSide="top">
      <Table.Caption>{`${name}, each reading`}</Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Time</Table.Th>
          <Table.Th ta="right">{parts[0] ? `${parts[0]}, ${unit}` : unit}</Table.Th>
          {parts[1] && <Table.Th ta="right">{`${parts[1]}, ${unit}`}</Table.Th>}
          {bands.length > 0 && <Table.Th>Range</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {points.map(([at, value, second], index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two readings may have one time
          <Table.Tr key={index}>
            <Table.Td>{timeText(clock, at)}</Table.Td>
            <Table.Td ta="right">{numberText(value)}</Table.Td>
            {parts[1] && <Table.Td ta="right">{second === undefined ? '–' : numberText(second)}</Table.Td>}
            {bands.length > 0 && <Table.Td>{bandOf(bands, value)?.label}</Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
});

function DaysTable({ name, unit, parts, points, days, bands, clock }: Props) {
  const rows: [day: string, summary: Summary | null][] =
    days !== null
      ? days.map((figures) => [figures.day, summarizeDays([figures], bands, 0, 0)])
      : [...Map.groupBy(points, ([at]) => dayOf(clock, at))].map(([day, readings]) => [
          day,
          summarize(readings, bands, readings[0]![0], readings.at(-1)![0]),
        ]);
  const caption = parts[1]
    ? `${name} in ${unit}, day by day, ${parts.join(' over ').toLowerCase()}`
    : `${name} in ${unit}, day by day`;
  return (
    <Table horizontalSpacing="md" captionSide="top">
      <Table.Caption>{caption}</Table.Caption>
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
        {rows.reverse().map(([day, summary]) => {
          if (!summary) return null;
          const { mean, min, max, second, bands: shares, count } = summary;
          return (
            <Table.Tr key={day}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{dayText(day)}</Table.Td>
              <Table.Td ta="right">{valueText(mean, second?.mean, max < 20 ? 1 : 0)}</Table.Td>
              <Table.Td ta="right">{valueText(min, second?.min)}</Table.Td>
              <Table.Td ta="right">{valueText(max, second?.max)}</Table.Td>
              {bands.length > 0 && <Table.Td ta="right">{percentText(shares['in-range'] ?? 0)}</Table.Td>}
              <Table.Td ta="right">{count.toLocaleString()}</Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
