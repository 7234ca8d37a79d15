// What a scenario is, and how it makes figures of what it measured of each operator.
import type { Contender, ContenderName } from './contenders.ts';
import type { Figure } from './figures.ts';
import type { Place } from './place.ts';
import { openPlace, type PlaceSize } from './place.ts';

export interface Context {
  readonly quick: boolean;
  /** Ours first. */
  readonly contenders: readonly Contender[];
  say(text: string): void;
}

/** The same without the naive operator. */
export function alone(context: Context): Context {
  return { ...context, contenders: context.contenders.slice(0, 1) };
}

/** --quick is for counts, of which only ours have bars: where the naive operator takes long it is left out then. */
export function quickAlone(context: Context): Context {
  return context.quick ? alone(context) : context;
}

/** Plays itself once, with every operator. */
export type Scenario = (context: Context) => Promise<Figure[]>;

/** What was measured, by the key of its figure; what is undefined was not. */
export type Values = Readonly<Record<string, number | undefined>>;

export type Measured = Partial<Record<ContenderName, Values>>;

/** A figure without its values. */
export type FigureSpec = Omit<Figure, 'scenario' | 'ours' | 'naive'> & { readonly key: string };

/** The figures of a scenario; one that nobody measured is left out. */
export function figuresOf(scenario: string, specs: readonly FigureSpec[], measured: Measured): Figure[] {
  return specs
    .map(({ key, ...spec }) => {
      const of = (name: ContenderName) => [measured[name]?.[key] ?? Number.NaN].filter((value) => !Number.isNaN(value));
      return { scenario, ...spec, ours: of('ours'), naive: of('naive') };
    })
    .filter(({ ours, naive }) => ours.length + naive.length > 0);
}

/** Opens a place, lets every operator be measured in it, one after another, and closes it. */
export async function measureAll(
  context: Context,
  what: string,
  size: PlaceSize,
  measure: (place: Place, contender: Contender) => Promise<Values>,
): Promise<Measured> {
  const place = await openPlace(size);
  const measured: Measured = {};
  try {
    for (const contender of context.contenders) {
      context.say(`${what}: ${contender.name}`);
      const values = await orNothing(context, contender, measure(place, contender));
      if (values !== undefined) measured[contender.name] = values;
    }
  } finally {
    await place.close();
  }
  return measured;
}

/** What the naive operator fails at is no error of the bench: it has no value then. */
export function orNothing<T>({ say }: Context, { name }: Contender, values: Promise<T>): Promise<T | undefined> {
  return values.catch((error: unknown) => {
    if (name === 'ours') throw error;
    say(`the naive operator was not measured: ${error}`);
    return undefined;
  });
}
