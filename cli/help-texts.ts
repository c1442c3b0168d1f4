// What the help of several commands says.

export const EXIT_CODES = `
Exit codes: 0 passed, 1 a safety property was violated, 2 bad input, 3 an
expectation or liveness was not met, 4 not reproducible, 5 inconclusive: a limit
was reached, 70 a defect of Whitewater, 74 a result could not be written,
130 interrupted. With several runs, the first of 70, 74, 130, 4, 1, 3, 5.`;

export const SCENARIOS = 'files, folders, or names of bundled scenarios';
export const SCENARIO = 'a file, or the name of a bundled scenario';

export const NAMES_IN_SHORT = `
A scenario is named by its file or folder; where there is none of that name, by
a topic of the bundled ones (election), or by its own name (split-vote).`;

export const NAMES = `
A scenario is named by its file, or by a folder that holds it. A name that is no
path means bundled scenarios: all of a topic (election), or one of them
(split-vote, election/split-vote). A path goes before a topic, and a topic
before a scenario.`;

export const DEFAULT_SCENARIOS = `Without a name: ./scenarios if it holds YAML files, otherwise all that are
bundled.`;

export const EXCEPT = 'do not report these invariants and liveness properties, like I16,Lv3';

export const SET = 'put a value into the scenario, like cluster.nodes=5; may be repeated';

export const SETTINGS = `
--set PATH=VALUE puts a value into every scenario before it is loaded, as if it
stood in the file: --set cluster.raft.preVote=true, --set script[0].within=5s.
The value is YAML. Where the scenario has a matrix, it narrows it.`;

export const FUZZ = `
Runs go round the scenarios, each round with the next seed. Failures with one
cause share a signature, like I14-3f9a2c; the first run of each is told in full
and saved as a repro file. A file of known failures has a signature a line, or
an id like I14 for all of its signatures; # begins a comment.

Ctrl-C ends it, and --resume goes on. Exit codes: see whitewater --help; a run
that hangs, or ends its worker, counts as a defect (70).`;

export const MUTANTS = `
Each bug is looked for with the first seed of every scenario, then with the
second, and so on. It is caught if a run breaks what it is known to break.

Exit codes: 0 if every bug is caught, 3 if one is not.`;

export const NO_COLOR = 'print without colours; so does NO_COLOR=1';
