/** A step in words: as the plan prints it, as records and reports call it. Secrets in commands are not shown. */
import { formatDuration } from '../../core/units.js';
import type { StepEntry } from '../types.js';
import { formatWhen, type WhenEvent } from '../when.js';
import { showCommand } from './command.js';
import type { Pick } from './pick.js';
import { hideSecrets } from './secrets.js';
import { showError, showExpectation } from './show.js';

/** What is done: "SET foo bar on primary of shard 1". */
export function titleOf(step: StepEntry): string {
  switch (step.kind) {
    case 'run':
      return `${commandText(step.commands)} on ${step.on.join(' and ')}`;
    case 'expect':
      return `expect ${eventsText(step.conditions)}`;
    case 'never':
      return `never ${step.conditions.map(formatWhen).join(' or ')}`;
    case 'wait':
      return 'time' in step.until
        ? `wait ${formatDuration(step.until.time)}`
        : `wait for ${formatWhen(step.until.event)}${withinText(step.until.within)}`;
    case 'remember':
      return `remember ${step.who} as ${step.save}`;
  }
}

/** What has to come of it: "reply "OK" within 5 s"; empty where nothing is asked. */
export function expectedOf(step: StepEntry): string {
  switch (step.kind) {
    case 'run': {
      const answer = step.error
        ? showError(step.error)
        : step.reply
          ? `${partText(step.pick) || 'reply'} ${showExpectation(step.reply)}`
          : 'no error';
      return `${answer}${withinText(step.within)}`;
    }
    case 'expect':
      return `${eventsText(step.conditions)}${withinText(step.within)}${step.for === undefined ? '' : `, for ${formatDuration(step.for)}`}`;
    case 'never':
      return `not for ${formatDuration(step.for)}`;
    default:
      return '';
  }
}

export const commandText = (commands: readonly string[][]): string =>
  commands.map((args) => showCommand(hideSecrets(args))).join('; ');

const eventsText = (events: readonly WhenEvent[]): string => events.map(formatWhen).join(' and ');

const withinText = (within: number | undefined): string =>
  within === undefined ? '' : ` within ${formatDuration(within)}`;

const partText = ({ field, item, find, count }: Pick): string =>
  [
    count && 'count',
    item !== undefined && `item ${item.join(', ')}`,
    field !== undefined && `field ${field}`,
    find !== undefined && `/${find.pattern}/${find.flags}`,
  ]
    .filter(Boolean)
    .join(', ');
