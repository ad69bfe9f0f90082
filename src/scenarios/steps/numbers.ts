/** Numbers as servers write them, and how two of them stand to each other. */

const operators = ['<=', '>=', '==', '!=', '<', '>'] as const;
export type Operator = (typeof operators)[number];

export const isNumber = (text: string): boolean => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);

/** Whole numbers keep all their digits: two counters of 64 bits that differ in the last one are not equal. */
const order = (a: string, b: string): number => {
  if (!/^-?\d+$/.test(a) || !/^-?\d+$/.test(b)) return Math.sign(Number(a) - Number(b));
  const difference = BigInt(a) - BigInt(b);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
};

/** undefined: texts that are no numbers are equal or not, and neither is more. */
export function compare(left: string, operator: Operator, right: string): boolean | undefined {
  const [a, b] = [left.trim(), right.trim()];
  if (!isNumber(a) || !isNumber(b)) return operator === '==' ? a === b : operator === '!=' ? a !== b : undefined;
  const sign = order(a, b);
  switch (operator) {
    case '<':
      return sign < 0;
    case '<=':
      return sign <= 0;
    case '>':
      return sign > 0;
    case '>=':
      return sign >= 0;
    case '==':
      return sign === 0;
    case '!=':
      return sign !== 0;
  }
}
