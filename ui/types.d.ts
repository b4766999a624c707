// The shapes that the recorder, the model and the views share. Words are those of GLOSSARY.md and of the RFCs.
// What comes from the server (Exchange, Run, Tables, Recording) is read by `model/recording.js`, which checks it.

/** Which of the demo sites, or which role of a foreign one, saw a message. */
export type Site = 'authorization_server' | 'web_app' | 'spa' | 'resource_server';

export type Side = 'request' | 'response';

/** Names and values in the order in which they came; a name may come twice. */
export type Pairs = [string, string][];

export interface RequestMessage {
  method: string;
  /** As it stands in the request line: a path with its query. */
  target: string;
  version: string;
  /** `https`, where an import says so; the recorder sits behind plain http. */
  scheme?: string;
  headers: Pairs;
  /** `null`: none, or not text. */
  body: string | null;
  bytes: number;
  truncated?: boolean;
}

export interface ResponseMessage {
  status: number;
  headers: Pairs;
  body: string | null;
  bytes: number;
  truncated?: boolean;
}

export interface Check {
  rule: string;
  ok: boolean;
  /** The actor that checked. */
  by: string;
}

export interface Refused {
  rule: string | null;
  detail: string | null;
  /** What is told to the log only, since it says how a client is registered. The tap of `dev` may have it. */
  aside?: string | null;
}

/** One request with its response, as a tap saw it. */
export interface Exchange {
  id: number;
  flow: string | null;
  run: string | null;
  site: Site;
  endpoint: string;
  /** Milliseconds since 1970, by the clock of the server, which may have been moved. */
  at: number;
  /** Microseconds until the response was ready; `null` while it is under way. */
  took: number | null;
  held: Side | null;
  lost: boolean;
  request: RequestMessage;
  response: ResponseMessage | null;
  checks: Check[];
  refused: Refused | null;
  engine_flow: string | null;
  client_id: string | null;
  trace_id: string | null;
  traceparent: string | null;
}

/** One step or move as `countersign flow --json` writes it. */
export interface FlowLine {
  step: number;
  from: string;
  to: string;
  channel: Channel;
  title: string;
  what: string;
  request: object | null;
  response: object | null;
  then?: object[];
  made?: Record<string, string | string[]>;
  claims?: Record<string, Record<string, unknown>>;
  rules?: { id: string; section: string; ok: boolean; by: string }[];
  notes?: string[];
  ok: boolean;
  trouble?: string;
  attack?: string;
  move?: { by: string; refused_by: { id: string; section: string } | null };
  spans?: string[];
}

export interface Verdict {
  stopped_by: { id: string; section: string } | null;
  cost: string;
  ok: boolean;
  trouble: string | null;
}

/** Something that the explorer did itself. */
export interface Run {
  id: string;
  table: string;
  pkce: boolean;
  attack: string | null;
  mode: 'live' | 'guided';
  user: 'script' | 'real';
  state: 'running' | 'waiting' | 'done' | 'failed';
  flow: string | null;
  open: string | null;
  records: FlowLine[];
  verdict: Verdict | null;
  trouble: string | null;
}

/** A login, or another thing that a client did, with its messages in order. */
export interface Flow {
  id: string;
  /** The table that fits best: `code`, `refresh`, … */
  table: string;
  /** Whether a challenge was sent; `null`: no authorization request was seen. */
  pkce: boolean | null;
  client_id: string | null;
  state: 'running' | 'done' | 'refused';
  exchanges: Exchange[];
  run: Run | null;
  /** Milliseconds since 1970: the first request. */
  began: number;
  /** The last response; `null` while one is under way. */
  ended: number | null;
  /** Whether secrets are replaced. */
  masked: boolean;
}

export type Channel = 'front' | 'back' | 'user';

/** Which message belongs to a step. */
export interface Pattern {
  site: Site;
  endpoint: string;
  side: Side;
  method?: string;
  /** Fields that the form must have, with these values. */
  form?: Record<string, string>;
  /** What the path begins with. */
  path?: string;
  /** Take the last match instead of the first. */
  last?: boolean;
}

export interface TableStep {
  number: number;
  from: string;
  to: string;
  channel: Channel;
  title: string;
  with_pkce: string;
  without_pkce: string;
  why: string;
  seen: Pattern[];
}

export interface Table {
  id: string;
  title: string;
  about: string;
  pkce_toggle: boolean;
  steps: TableStep[];
}

export interface Move {
  by: string;
  to: string;
  title: string;
  says: string;
  refused_by: string | null;
}

export interface Script {
  after: number;
  stopped_by: string | null;
  cost: string;
  moves: Move[];
}

export interface Attack {
  name: string;
  title: string;
  has: string;
  flow: string;
  with_pkce: Script;
  without_pkce: Script;
}

export interface Rule {
  id: string;
  section: string;
  error: string;
  explain: string;
  by: string;
}

export interface Tables {
  actors: string[];
  flows: Table[];
  attacks: Attack[];
  rules: Rule[];
}

/** A message of a step. `exchange` is `null` where no tap saw it; then `told` has what is known of it all the same. */
export interface StepMessage {
  exchange: Exchange | null;
  side: Side;
  told: object | null;
}

export interface StepView {
  /** `null`: a move of an attack. */
  number: number | null;
  from: string;
  to: string;
  channel: Channel;
  title: string;
  what: string;
  why: string | null;
  /** `inferred`: nobody saw it, but it follows. `missing`: it did not happen, or not yet. */
  state: 'seen' | 'inferred' | 'waiting' | 'refused' | 'missing';
  /** The one that matters most first. */
  messages: StepMessage[];
  checks: Check[];
  refused: Refused | null;
  /** What was made and stayed where it was made. */
  made: Pairs;
  notes: string[];
  by: 'Attacker' | null;
  /** Names of parameters and cookies that occur here for the first time; cookies as `cookie:name`. */
  fresh: string[];
  /** When the step's first message travelled; milliseconds since 1970. */
  at: number | null;
}

export type Severity = 'error' | 'warning' | 'hint';

export interface Finding {
  id: string;
  severity: Severity;
  step: number | null;
  /** The id of the exchange that shows it. */
  exchange: number | null;
  title: string;
  what: string;
  expected: string | null;
  got: string | null;
  /** The first character that differs, counted from 0. */
  at: number | null;
  /** The setting or the code to change. */
  fix: string;
  section: string | null;
  rule: string | null;
  trace_id: string | null;
  /** Whose it is in a lint: the flow that shows it. */
  flow?: string;
}

export interface Lint {
  client_id: string | null;
  /** 0 to 100. */
  score: number;
  findings: Finding[];
  /** The score after each flow, oldest first. */
  history: { flow: string; at: number; score: number }[];
}

export interface Recording {
  countersign_recording: 1;
  made: string;
  by: string;
  masked: boolean;
  /** The server leaves `table` and `pkce` to who reads the exchanges. */
  flow: { id: string; table?: string; pkce?: boolean | null; client_id: string | null; run: Run | null };
  exchanges: Exchange[];
}

/** A field that two steps, or two flows, do not have in common. */
export interface FieldDifference {
  where: string;
  name: string;
  /** `null`: it is not there. */
  a: string | null;
  b: string | null;
  /** Different by nature (a random value, a time), or different in kind (one has it, the other does not). */
  kind: 'value' | 'only_a' | 'only_b';
}

export interface StepDifference {
  number: number | null;
  title: string;
  a: StepView | null;
  b: StepView | null;
  fields: FieldDifference[];
  /** Rules that only one of them checked, or whose outcome differs. */
  rules: { rule: string; a: boolean | null; b: boolean | null }[];
  /** Whether anything differs but values that are random each time. */
  differs: boolean;
}

/** Where a name stands; the same name can mean two things (`client_id` as a parameter and as a claim). */
export type Where = 'query' | 'form' | 'json' | 'header' | 'cookie' | 'claim' | 'jose' | 'attribute';

export interface Explanation {
  name: string;
  what: string;
  why: string;
  section: string | null;
}

/** A value of a message and where it stands. */
export interface Field {
  where: 'query' | 'location' | 'form' | 'json' | 'cookie' | 'set-cookie' | 'header';
  name: string;
  value: string;
}

export interface Jwt {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** The three parts as they came. */
  parts: [string, string, string];
}
