-- What destinations have been told. `known_*`: rows that were there before a destination was first used.
CREATE TABLE ticket_destinations (
    name TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    known_findings INTEGER NOT NULL,
    known_history INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- One row per problem and destination: what is there, and what was reserved before it was sent.
CREATE TABLE tickets (
    id INTEGER PRIMARY KEY,
    destination TEXT NOT NULL REFERENCES ticket_destinations (name),
    problem TEXT NOT NULL,
    place TEXT NOT NULL,
    class TEXT NOT NULL,
    generation INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('none', 'open', 'closed')),
    closed_as TEXT CHECK (closed_as IN ('resolved', 'decided', 'done', 'false_positive', 'accepted')),
    is_proved INTEGER NOT NULL,
    operation TEXT CHECK (operation IN ('create', 'update', 'reopen', 'close')),
    phase TEXT CHECK (phase IN ('sent', 'waiting', 'dead')),
    attempts INTEGER NOT NULL,
    sent_at INTEGER,
    due_at INTEGER NOT NULL,
    problem_said TEXT,
    external_id TEXT,
    external_key TEXT,
    external_url TEXT,
    severity INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    records INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    told_at INTEGER,
    closed_at INTEGER,
    UNIQUE (destination, problem)
) STRICT;
-- Append-only: every call and what came of it.
CREATE TABLE ticket_log (
    id INTEGER PRIMARY KEY,
    ticket INTEGER NOT NULL REFERENCES tickets (id),
    at INTEGER NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    note TEXT
) STRICT;
CREATE INDEX ticket_log_by_ticket ON ticket_log (ticket, id);
