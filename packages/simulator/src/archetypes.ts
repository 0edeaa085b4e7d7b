/** How a simulated body handles glucose. */
export type Archetype = 'healthy' | 'prediabetes' | 't2d-metformin' | 't2d-uncontrolled';

/** Parameters of the minimal model with meals (Bergman 1979, with two gut compartments); see glucose.ts. */
export type GlucoseParameters = {
  /** Fasting glucose, mg/dL. */
  basalGlucose: number;
  /** Glucose's own pull towards fasting, 1/min. */
  glucoseEffectiveness: number;
  /** Insulin's pull, 1/min per mU/L. */
  insulinSensitivity: number;
  /** Insulin released per mg/dL above fasting, mU/L/min. */
  insulinResponse: number;
  /** Fasting insulin, mU/L. */
  basalInsulin: number;
  /** Speed of stomach and gut, 1/min. */
  gutRate: number;
  /** How much this archetype eats, relative to the common menu. */
  carbohydrateFactor: number;
};

// Tuned against published CGM means and deviations, not taken from a textbook: literature values for the insulin
// response give a "healthy" person readings of 400 mg/dL.
/** The parameter set of each archetype. */
export const GLUCOSE_PARAMETERS: Readonly<Record<Archetype, GlucoseParameters>> = {
  healthy: {
    basalGlucose: 90,
    glucoseEffectiveness: 0.026,
    insulinSensitivity: 8.0e-4,
    insulinResponse: 0.28,
    basalInsulin: 6,
    gutRate: 0.03,
    carbohydrateFactor: 1,
  },
  prediabetes: {
    basalGlucose: 99,
    glucoseEffectiveness: 0.022,
    insulinSensitivity: 4.5e-4,
    insulinResponse: 0.22,
    basalInsulin: 10,
    gutRate: 0.03,
    carbohydrateFactor: 1,
  },
  't2d-metformin': {
    basalGlucose: 120,
    glucoseEffectiveness: 0.016,
    insulinSensitivity: 2.6e-4,
    insulinResponse: 0.13,
    basalInsulin: 13,
    gutRate: 0.032,
    carbohydrateFactor: 0.9,
  },
  't2d-uncontrolled': {
    basalGlucose: 150,
    glucoseEffectiveness: 0.012,
    insulinSensitivity: 1.6e-4,
    insulinResponse: 0.08,
    basalInsulin: 14,
    gutRate: 0.032,
    carbohydrateFactor: 0.9,
  },
};
