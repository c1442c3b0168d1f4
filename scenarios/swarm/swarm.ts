import type { WrittenStep } from '../chaos/faults.ts';
import type { Random } from '../../sim/protocol.ts';
import { type Cast, drawCast, type GivenNodes } from './cast.ts';
import { replacedLearner } from './calm-stories.ts';
import { drawClients } from './clients.ts';
import { drawConditions } from './conditions.ts';
import { Dice } from './dice.ts';
import { drawDisks } from './disks.ts';
import { drawEventFaults } from './events.ts';
import { drawAdminRequests, drawBadRecords, drawMessageFaults, drawTimedFaults } from './faults.ts';
import { drawRaft } from './raft.ts';
import { drawStories } from './stories.ts';
import type { WrittenScenario } from './written.ts';

/** What a scenario says itself, and a swarm does not draw. */
export interface GivenParts {
  readonly nodes: GivenNodes;
  /** Number of clients; null: it is drawn. */
  readonly clients: number | null;
}

/** What a seed has drawn. */
export interface DrawnSwarm {
  readonly cast: Cast;
  readonly scenario: WrittenScenario;
}

/** How probable each ingredient of a swarm is, in a rough run and in a calm one. */
const INGREDIENTS = {
  stories: [0.5, 0.9],
  events: [0.5, 0.1],
  faults: [0.8, 0.15],
  admin: [0.6, 0.15],
  messages: [0.5, 0.1],
  disks: [0.15, 0.1],
  records: [0.12, 0.12],
  crash: [0.4, 0.2],
} as const;

/** What a cluster owes its clients in spite of one fault is judged only where there are not many. */
const CALM = 0.3;

/** Faults because of which nodes stop by themselves, and what starts them again. */
const HALTING: readonly string[] = ['disk-full', 'disk-fail', 'unreadable', 'corrupt'];
const REVIVAL = { revival: { every: '500ms..3s', do: [{ restart: 'down' }] } } as const;

/** How often a learner is replaced by one with an empty disk, where there is one. */
const REPLACES = 0.08;

/**
 * Draws a scenario: the cluster, its options, the world around it, and what happens in it. Everything is drawn that Raft
 * promises to survive. Each part has a stream of its own, so that one that is left out shifts no other.
 *
 * @param random gives the stream of a part
 */
export function drawSwarm(random: (part: string) => Random, given: GivenParts): DrawnSwarm {
  const dice = (part: string): Dice => new Dice(random(part));
  const cast = drawCast(dice('cast'), given.nodes, given.clients);
  const isCalm = dice('calm').chance(CALM);
  const has = ingredientsOf((part) => dice(`has ${part}`), isCalm);
  const { voters, learners, standby, isTame, span, clients } = cast;
  const canPlay = voters.length > 2 && clients > 0;
  // Alone: where something else made a voter of the node, it would forget its votes.
  const replaces = canPlay && learners.length + standby.length > 0 && dice('replaces').chance(REPLACES);
  const hasStories = has.stories && canPlay;
  const stories = replaces
    ? replacedLearner(dice('stories'), cast)
    : hasStories
      ? drawStories(dice('stories'), cast, isCalm)
      : [];
  const script = stories.map(optional);
  const changes = has.admin || has.events || hasStories;
  const faults = {
    ...(has.faults && drawTimedFaults(dice('faults'), cast)),
    ...(has.admin && !replaces && drawAdminRequests(dice('admin'), cast)),
    ...(has.messages && drawMessageFaults(dice('messages'), cast)),
    ...(has.events && !replaces && drawEventFaults(dice('events'), cast)),
    ...(has.records && drawBadRecords(dice('records'), cast, !isTame || (voters.length > 2 && !changes))),
  };
  const chaos = { ...faults, ...(HALTING.some((fault) => Object.hasOwn(faults, fault)) && REVIVAL) };
  const stop = `${String(span)}ms`;
  const disks = has.disks && voters.length > 1 ? drawDisks(dice('disks'), cast) : null;
  return {
    cast,
    scenario: {
      cluster: {
        nodes: voters,
        ...(learners.length > 0 && { learners }),
        ...(standby.length > 0 && { standby }),
        raft: drawRaft(dice('raft'), cast),
        ...(disks !== null && { disks }),
      },
      ...drawConditions(dice('conditions'), cast),
      ...(clients > 0 && { clients: drawClients(dice('clients'), cast) }),
      ...(script.length > 0 && { script }),
      chaos: { ...chaos, stop },
      timeline: [
        ...(disks === null ? [] : drawAbsence(dice('absence'), cast)),
        ...(has.crash ? drawCrash(dice('crash'), stop) : []),
      ].map(optional),
      settle: isTame ? { within: '40s' } : 'off',
      limits: { time: '300s', events: 2_000_000 },
    },
  };
}

/** Which ingredients there are. */
function ingredientsOf(
  dice: (part: string) => Dice,
  isCalm: boolean,
): Readonly<Record<keyof typeof INGREDIENTS, boolean>> {
  const drawn = Object.entries(INGREDIENTS).map(([part, [rough, calm]]) => [
    part,
    dice(part).chance(isCalm ? calm : rough),
  ]);
  return Object.fromEntries(drawn) as Record<keyof typeof INGREDIENTS, boolean>;
}

/** With what is on their disks, those that are there from the beginning may have to do without the others. */
function drawAbsence(dice: Dice, { voters, span }: Cast): readonly WrittenStep[] {
  const most = Math.ceil(voters.length / 2) - 1;
  const away = dice.chance(0.6) ? dice.some(voters, most, most) : [];
  return away.map((node) => ({ at: '0ms', crash: node, for: `${String(span)}ms` }));
}

/** At the end of chaos, nodes restart from their disks. */
function drawCrash(dice: Dice, at: string): readonly WrittenStep[] {
  const disk = dice.pick(['lose-unsynced', 'lose-all', 'tear', 'keep', 'reorder']);
  return [{ at, crash: dice.pick(['all', 'all', 'leader']), disk }];
}

/** Actions that are possible at any time. */
const ALWAYS_POSSIBLE: readonly string[] = ['wait', 'load', 'count', 'if'];

/** A step that is left out where it is not possible. */
function optional(step: WrittenStep): WrittenStep {
  if (ALWAYS_POSSIBLE.some((word) => Object.hasOwn(step, word))) return step;
  return { within: '0ms', ...step, otherwise: 'skip' };
}
