/** Of the format that docs/json.md describes. It changes when a field is renamed or removed. */
const VERSION = 3;

/** A line of JSON with the fields that every line has. */
export function jsonLine(type: string, fields: object): string {
  return `${JSON.stringify({ version: VERSION, type, ...fields })}\n`;
}
