import { RedrillError } from '../../core/errors.js';
import type { FleetOptions } from '../types.js';
import { isOurs } from './ports.js';

/** By container address where these are routable from here, else by published ports. REDRILL_CONNECT forces one. */
export async function howToConnect(wish: FleetOptions['connect'], gateway: string): Promise<'direct' | 'published'> {
  const wanted = process.env.REDRILL_CONNECT || wish || 'auto';
  if (wanted === 'direct' || wanted === 'published') return wanted;
  if (wanted !== 'auto')
    throw new RedrillError('USAGE', `REDRILL_CONNECT=${wanted} is neither direct nor published nor auto`);
  return (await isOurs(gateway)) ? 'direct' : 'published';
}
