/** Parameters of procedures that name nodes as targets do. */
export { targetField } from '../topology/target-field.js';
