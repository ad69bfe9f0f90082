/** What was found: true, false, or undefined where nobody could see. */
export interface Found {
  holds: boolean | undefined;
  text: string;
}
