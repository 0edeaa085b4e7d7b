/** Sleep of one night or nap: two Open mHealth measures and the IEEE 1752.1 summary of stages. */
import { defineMeasure } from '../measure.ts';
import { duration, percent, quantity } from '../quantity.ts';
import { boolean, integer, list, object, oneOf, optional, text } from '../spec.ts';
import { ieeeIntervalFrame, omhIntervalFrame } from '../time-frame.ts';
import { statistic } from '../vocabulary.ts';

const denominator = { descriptive_statistic_denominator: optional(text) };
const sleepDurationCode = { code: '93832-4', display: 'Sleep duration' };

/** Open mHealth sleep-episode 1.1. */
export const sleepEpisode = defineMeasure({
  code: 'omh:sleep-episode:1.1',
  display: 'Sleep episode',
  kind: 'interval',
  body: object({
    effective_time_frame: omhIntervalFrame,
    latency_to_sleep_onset: optional(duration),
    latency_to_arising: optional(duration),
    total_sleep_time: optional(duration),
    wake_after_sleep_onset: optional(duration),
    number_of_awakenings: optional(integer),
    is_main_sleep: optional(boolean),
    sleep_maintenance_efficiency_percentage: optional(percent),
  }),
  primary: ['total_sleep_time'],
  shownIn: ['h'],
  loinc: [{ member: 'total_sleep_time', ...sleepDurationCode }],
});

/** Open mHealth sleep-duration 2.0. */
export const sleepDuration = defineMeasure({
  code: 'omh:sleep-duration:2.0',
  display: 'Sleep duration',
  kind: 'interval',
  body: object({
    sleep_duration: quantity('sec', 'min', 'h'),
    effective_time_frame: omhIntervalFrame,
    ...statistic,
    ...denominator,
  }),
  primary: ['sleep_duration'],
  shownIn: ['h'],
  loinc: [{ member: 'sleep_duration', ...sleepDurationCode }],
});

const stage = object({
  sleep_stage_state: oneOf('REM_sleep', 'Light_sleep', 'Deep_sleep', 'Unknown_sleep', 'Awake'),
  sleep_stage_time_frame: ieeeIntervalFrame,
});

const summary = object({
  total_sleep_time: duration,
  sleep_efficiency_percentage: optional(percent),
  latency_to_sleep_onset: optional(duration),
  latency_to_arising: optional(duration),
  rem_sleep_duration: optional(duration),
  rem_sleep_episode_count: optional(integer),
  rem_sleep_percentage: optional(percent),
  light_sleep_duration: optional(duration),
  light_sleep_episode_count: optional(integer),
  light_sleep_percentage: optional(percent),
  deep_sleep_duration: optional(duration),
  deep_sleep_episode_count: optional(integer),
  deep_sleep_percentage: optional(percent),
  awake_duration: optional(duration),
  number_of_awakenings: optional(integer),
  awake_percentage: optional(percent),
  ...statistic,
  ...denominator,
});

/** IEEE 1752.1 sleep-stage-summary 1.0. */
export const sleepStageSummary = defineMeasure({
  code: 'ieee:sleep-stage-summary:1.0',
  display: 'Sleep stage summary',
  kind: 'interval',
  body: object({
    sleep_stage_summary: summary,
    effective_time_frame: ieeeIntervalFrame,
    sleep_stage_episodes: optional(list(stage)),
    is_main_sleep: optional(boolean),
  }),
  primary: ['sleep_stage_summary.total_sleep_time'],
  shownIn: ['h'],
  loinc: [{ member: 'sleep_stage_summary.total_sleep_time', ...sleepDurationCode }],
});
