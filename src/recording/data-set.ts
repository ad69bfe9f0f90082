/** The data set that every drill writes before its first fault: so many hash tags of each shard, a value of each basic type under each. */
export const VALUE_TAGS = 4;
export const valueTypes = ['string', 'hash', 'list', 'zset'] as const;

/** How many values a deployment of so many shards holds of it. */
export const valuesIn = ({ shards }: { shards: number }): number => shards * VALUE_TAGS * valueTypes.length;
