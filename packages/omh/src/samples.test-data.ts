/** A full, valid body for every measure, made up for the tests. */
const at = { date_time: '2026-03-01T08:00:00-05:00' };
const over = {
  time_interval: { start_date_time: '2026-03-01T22:00:00-05:00', end_date_time: '2026-03-02T06:30:00-05:00' },
};
const lasting = {
  time_interval: { start_date_time: '2026-03-01T22:00:00Z', duration: { value: 30, unit: 'min' } },
};
const hours = (value: number) => ({ value, unit: 'h' });
const grams = (value: number) => ({ value, unit: 'g' });
const share = (value: number) => ({ value, unit: '%' });

export const samples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'omh:blood-glucose:4.0': {
    blood_glucose: { value: 112, unit: 'mg/dL' },
    effective_time_frame: at,
    specimen_source: 'interstitial fluid',
    temporal_relationship_to_meal: '2 hours postprandial',
    temporal_relationship_to_sleep: 'on waking',
    descriptive_statistic: 'average',
  },
  'omh:blood-pressure:4.0': {
    systolic_blood_pressure: { value: 121, unit: 'mmHg' },
    diastolic_blood_pressure: { value: 79, unit: 'mmHg' },
    effective_time_frame: at,
    body_posture: 'semi-recumbent',
    measurement_location: 'left upper arm',
    temporal_relationship_to_physical_activity: 'at rest',
  },
  'omh:body-temperature:4.0': {
    body_temperature: { value: 36.9, unit: 'C' },
    effective_time_frame: at,
    measurement_location: 'temporal artery',
    temporal_relationship_to_sleep: 'before sleeping',
  },
  'omh:heart-rate:2.0': {
    heart_rate: { value: 61, unit: 'beats/min' },
    effective_time_frame: { time_interval: { date: '2026-03-01', part_of_day: 'morning' } },
    temporal_relationship_to_physical_activity: 'after exercise',
    temporal_relationship_to_sleep: 'during sleep',
    descriptive_statistic: '20th percentile',
  },
  'omh:oxygen-saturation:2.0': {
    oxygen_saturation: share(97),
    effective_time_frame: at,
    system: 'peripheral capillary',
    measurement_method: 'pulse oximetry',
    supplemental_oxygen_flow_rate: { value: 2, unit: 'L/min' },
    oxygen_therapy_mode_of_administration: 'nasal cannula',
  },
  'omh:respiratory-rate:2.0': {
    respiratory_rate: { value: 14, unit: 'breaths/min' },
    effective_time_frame: lasting,
    temporal_relationship_to_physical_activity: 'at rest',
  },
  'omh:rr-interval:1.0': { rr_interval: { value: 812, unit: 'ms' }, effective_time_frame: at },
  'omh:body-weight:3.0': { body_weight: { value: 154, unit: 'lb' }, effective_time_frame: at },
  'omh:forced-vital-capacity:1.0': {
    forced_vital_capacity: { value: 4.1, unit: 'L' },
    effective_time_frame: at,
    measurement_quality: 'usable',
  },
  'omh:forced-expiratory-volume-1-second:1.0': {
    forced_expiratory_volume_1_second: { value: 3.2, unit: 'L' },
    effective_time_frame: at,
    measurement_quality: 'acceptable',
  },
  'omh:physical-activity:1.2': {
    activity_name: 'walking',
    effective_time_frame: lasting,
    distance: { value: 1.5, unit: 'mi' },
    kcal_burned: { value: 120, unit: 'kcal' },
    reported_activity_intensity: 'moderate',
    met_value: 3.5,
  },
  'omh:step-count:3.0': {
    step_count: { value: 6211, unit: 'steps' },
    effective_time_frame: {
      time_interval: { end_date_time: '2026-03-02T00:00:00Z', duration: { value: 1, unit: 'd' } },
    },
    descriptive_statistic: 'sum',
    descriptive_statistic_denominator: 'd',
  },
  'omh:sleep-episode:1.1': {
    effective_time_frame: over,
    latency_to_sleep_onset: { value: 12, unit: 'min' },
    latency_to_arising: { value: 5, unit: 'min' },
    total_sleep_time: hours(7.5),
    wake_after_sleep_onset: { value: 20, unit: 'min' },
    number_of_awakenings: 2,
    is_main_sleep: true,
    sleep_maintenance_efficiency_percentage: share(93),
  },
  'omh:sleep-duration:2.0': {
    sleep_duration: hours(7.5),
    effective_time_frame: over,
    descriptive_statistic: 'median',
  },
  'ieee:sleep-stage-summary:1.0': {
    sleep_stage_summary: {
      total_sleep_time: hours(7.5),
      sleep_efficiency_percentage: share(91),
      rem_sleep_duration: hours(1.5),
      rem_sleep_episode_count: 4,
      deep_sleep_percentage: share(20),
      number_of_awakenings: 3,
    },
    effective_time_frame: over,
    sleep_stage_episodes: [
      { sleep_stage_state: 'REM_sleep', sleep_stage_time_frame: lasting },
      { sleep_stage_state: 'Awake', sleep_stage_time_frame: over },
    ],
    is_main_sleep: false,
  },
  'ieee:physical-activity:1.0': {
    activity_name: 'running',
    effective_time_frame: lasting,
    base_movement_quantity: { value: 4100, unit: 'steps' },
    cumulative_elevation_gain: { value: 40, unit: 'm' },
    duration: { value: 30, unit: 'min' },
    duration_vigorous_activity: { value: 10, unit: 'min' },
    average_cadence: { value: 160, unit: 'steps/min' },
    average_speed: { value: 9.5, unit: 'km/h' },
    met_value: 9,
    descriptive_statistic_denominator: 'session',
  },
  'ieee:food-entry:0.1': {
    food_name: 'oatmeal',
    food_amount: { value: 1, unit: 'Cup' },
    effective_time_frame: { full_date: '2026-03-01' },
    meal: 'breakfast',
    carbohydrate: grams(27),
    protein: grams(5),
    fiber: grams(4),
    calories: { value: 160, unit: 'kcal' },
  },
};
