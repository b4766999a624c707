/** What it is; why it is there; where it is written. */
export type Entry = [what: string, why: string, section: string | null];
export type Entries = Record<string, Entry>;
