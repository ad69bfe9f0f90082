/** Published messages, from the first effect until the drill had settled. */
import type { Analysis, MessageReport } from '../timeline/types.js';
import type { Measured, Objective } from './types.js';
import { unmeasured } from './units.js';
import { noIncident } from './watch.js';

function fromMessages(analysis: Analysis, value: (messages: MessageReport) => Measured): Measured {
  const { measured, messages, recording } = analysis;
  if (!measured) return unmeasured(noIncident(analysis));
  if (!recording.workload.pubsub) return unmeasured('nobody published anything: give the workload pubsub');
  if (!messages || messages.published === 0) return unmeasured('nothing was published while it counted');
  if (messages.due === 0)
    return unmeasured(`none of ${messages.published} messages was acknowledged while somebody was subscribed`);
  return value(messages);
}

export const lost_messages: Objective = {
  summary:
    'Messages that were published and acknowledged and did not come to a subscriber whose subscription stood, summed up over subscribers (workload: pubsub)',
  unit: 'count',
  better: 'lower',
  handbook: ['2.1.2'],
  measure: (analysis) =>
    fromMessages(analysis, ({ lost, due, away, published, refused }) => {
      const failed = Object.values(refused).reduce((a, b) => a + b, 0);
      const notes = [
        `of ${due} that were due`,
        ...(away > 0 ? [`${away} more came by while a subscriber was not connected`] : []),
        ...(failed > 0 ? [`${failed} of ${published} could not be published`] : []),
      ];
      return { value: lost, note: notes.join('; ') };
    }),
};

export const subscriber_deafness: Objective = {
  summary:
    'Longest time for which a subscriber whose connection stood got nothing of what was published (workload: pubsub)',
  unit: 'duration',
  better: 'lower',
  handbook: ['2.1.2'],
  traits: { byOne: true },
  measure: (analysis) =>
    fromMessages(analysis, ({ deaf, subscribers }) =>
      deaf
        ? {
            value: deaf.ms,
            note: `the one on ${deaf.node}, whose connection stood; ${deaf.missed === 0 ? 'it came late' : `${deaf.missed} messages never came`}`,
          }
        : { value: 0, note: `${subscribers.length} subscribers missed nothing` },
    ),
};
