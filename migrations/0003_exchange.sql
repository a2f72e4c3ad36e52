-- REST calls beside the gateway's frames. Tables, columns, units and reasons: migrations/README.md.

-- Placeholder of the token that the session's client identified with; equal in its REST calls.
ALTER TABLE session ADD COLUMN token_alias TEXT;

CREATE TABLE exchange (
  id               INTEGER PRIMARY KEY,
  capture_id       INTEGER NOT NULL REFERENCES capture (id),
  started_at_us    INTEGER NOT NULL,
  ended_at_us      INTEGER NOT NULL CHECK (ended_at_us >= started_at_us),
  method           TEXT NOT NULL,
  path             TEXT NOT NULL,
  route            TEXT NOT NULL,
  token_alias      TEXT,
  user_agent       TEXT,
  status           INTEGER,
  fault            TEXT CHECK (fault IN ('no_answer', 'broken_off', 'client_left', 'stopped')),
  response_headers TEXT NOT NULL CHECK (json_valid(response_headers)), -- a JSON object
  request_type     TEXT,
  request_bytes    INTEGER NOT NULL CHECK (request_bytes >= 0),
  is_request_cut   INTEGER NOT NULL CHECK (is_request_cut IN (0, 1)),
  response_type    TEXT,
  response_bytes   INTEGER NOT NULL CHECK (response_bytes >= 0),
  is_response_cut  INTEGER NOT NULL CHECK (is_response_cut IN (0, 1))
) STRICT;

-- Ids are in the order in which calls ended; people and sessions ask by when they began.
CREATE INDEX exchange_by_start ON exchange (started_at_us);

-- Texts of the bodies, redacted; no row where neither is kept.
CREATE TABLE exchange_body (
  exchange_id INTEGER PRIMARY KEY REFERENCES exchange (id),
  request     TEXT,
  response    TEXT
) STRICT;

-- For people: times that can be read, and the bodies.
CREATE VIEW exchange_view AS
SELECT
  exchange.id,
  strftime('%Y-%m-%d %H:%M:%S', started_at_us / 1000000, 'unixepoch')
    || printf('.%06d', started_at_us % 1000000) AS started_utc,
  (ended_at_us - started_at_us) / 1000.0 AS duration_ms,
  method,
  path,
  route,
  status,
  fault,
  request_bytes,
  response_bytes,
  response_headers,
  exchange_body.request,
  exchange_body.response
FROM exchange
LEFT JOIN exchange_body ON exchange_body.exchange_id = exchange.id;
