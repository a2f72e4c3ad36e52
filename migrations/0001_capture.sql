-- Everything that gatetape records. Tables, columns, units and reasons: migrations/README.md.
-- Times are µs since the Unix epoch (…_at_us); bytes are counts of bytes (…_bytes).

PRAGMA application_id = 1735680368; -- 'gtap', so that file(1) and other tools can tell

-- What the gateway's numbers mean; rewritten from the program's own tables whenever they differ.
CREATE TABLE opcode (
  op          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  sent_by     TEXT NOT NULL, -- client, gateway or client/gateway
  status      TEXT NOT NULL, -- official, unofficial, deprecated or removed
  description TEXT NOT NULL,
  other_names TEXT NOT NULL  -- JSON array
) STRICT;

CREATE TABLE close_code (
  code             INTEGER PRIMARY KEY,
  name             TEXT NOT NULL,
  description      TEXT NOT NULL,
  is_reconnectable INTEGER CHECK (is_reconnectable IN (0, 1)), -- null: nobody says
  is_resumable     INTEGER CHECK (is_resumable IN (0, 1))
) STRICT;

-- Key of the placeholders that stand for secrets: equal secrets have equal placeholders in one database.
CREATE TABLE placeholder_key (
  id  INTEGER PRIMARY KEY CHECK (id = 1),
  key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT;

CREATE TABLE capture (
  id            INTEGER PRIMARY KEY,
  started_at_us INTEGER NOT NULL,
  ended_at_us   INTEGER,
  mode          TEXT NOT NULL,
  upstream      TEXT NOT NULL,
  api           TEXT NOT NULL,
  redaction     TEXT NOT NULL CHECK (redaction IN ('secrets', 'personal', 'none'))
) STRICT;

CREATE TABLE connection (
  id                 INTEGER PRIMARY KEY,
  capture_id         INTEGER NOT NULL REFERENCES capture (id),
  opened_at_us       INTEGER NOT NULL,
  closed_at_us       INTEGER,
  path               TEXT NOT NULL,
  upstream_url       TEXT NOT NULL,
  version            INTEGER,
  encoding           TEXT NOT NULL CHECK (encoding IN ('json', 'etf', 'unknown')),
  compress           TEXT NOT NULL CHECK (compress IN ('none', 'zlib-stream', 'zstd-stream', 'unknown')),
  extensions         TEXT,
  user_agent         TEXT,
  is_client_tls      INTEGER NOT NULL CHECK (is_client_tls IN (0, 1)),
  is_upstream_tls    INTEGER NOT NULL CHECK (is_upstream_tls IN (0, 1)),
  upgrade_status     INTEGER NOT NULL,
  relay_mode         TEXT CHECK (relay_mode IN ('verbatim', 'converged', 'reencoded')),
  converged_frame_no INTEGER,
  close_code         INTEGER,
  close_reason       TEXT,
  closed_by          TEXT CHECK (closed_by IN ('client', 'gateway', 'proxy'))
) STRICT;

CREATE TABLE session (
  id            INTEGER PRIMARY KEY,
  alias         TEXT UNIQUE,
  started_at_us INTEGER NOT NULL,
  user_id       TEXT,
  shard_id      INTEGER,
  shard_count   INTEGER,
  library       TEXT,
  intents       INTEGER,
  last_seq      INTEGER
) STRICT;

-- Each time a connection identified or resumed.
CREATE TABLE session_connection (
  id            INTEGER PRIMARY KEY,
  session_id    INTEGER NOT NULL REFERENCES session (id),
  connection_id INTEGER NOT NULL REFERENCES connection (id),
  at_us         INTEGER NOT NULL,
  is_resume     INTEGER NOT NULL CHECK (is_resume IN (0, 1))
) STRICT;

CREATE INDEX session_connection_by_session ON session_connection (session_id);
CREATE INDEX session_connection_by_connection ON session_connection (connection_id);

-- The few hundred kinds of frames that occur: what a frame is, said once instead of in each row.
CREATE TABLE frame_type (
  id     INTEGER PRIMARY KEY,
  sender TEXT NOT NULL CHECK (sender IN ('client', 'gateway')),
  kind   TEXT NOT NULL CHECK (kind IN ('text', 'binary', 'ping', 'pong', 'close')),
  status TEXT NOT NULL CHECK (status IN (
    'ok', 'partial', 'control', 'protocol_error', 'truncated', 'too_large', 'inflate_failed', 'context_lost',
    'not_utf8', 'not_json', 'not_etf', 'not_object', 'unknown_encoding', 'unsupported_compression')),
  op     INTEGER,
  event  TEXT,
  CHECK ((status = 'ok') = (op IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX frame_type_once
  ON frame_type (sender, kind, status, coalesce(op, -1), coalesce(event, ''), event IS NULL);

-- No further index on frame, payload or frame_bytes: the roll-ups say in which ids to look.
CREATE TABLE frame (
  id            INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL REFERENCES connection (id),
  session_id    INTEGER REFERENCES session (id),
  type_id       INTEGER NOT NULL REFERENCES frame_type (id),
  frame_no      INTEGER NOT NULL CHECK (frame_no >= 1),
  at_us         INTEGER NOT NULL,
  seq           INTEGER,
  wire_bytes    INTEGER NOT NULL CHECK (wire_bytes >= 0),
  payload_bytes INTEGER CHECK (payload_bytes >= 0)
) STRICT;

-- Decoded payloads, redacted, as JSON text.
CREATE TABLE payload (
  frame_id INTEGER PRIMARY KEY REFERENCES frame (id),
  body     TEXT NOT NULL
) STRICT;

-- Bytes of control frames, of what could not be decoded, and of payloads in ETF; scrubbed of secrets.
CREATE TABLE frame_bytes (
  frame_id INTEGER PRIMARY KEY REFERENCES frame (id),
  bytes    BLOB NOT NULL
) STRICT;

-- Sums per bucket of time, written with the frames. session_id is 0 where there is none. wire_bytes leaves
-- out partial frames, as the frame that completes the payload has the sum over all that carried it.
CREATE TABLE minute_rollup (
  minute_at_us   INTEGER NOT NULL,
  connection_id  INTEGER NOT NULL,
  session_id     INTEGER NOT NULL,
  type_id        INTEGER NOT NULL,
  frame_count    INTEGER NOT NULL,
  wire_bytes     INTEGER NOT NULL,
  payload_bytes  INTEGER NOT NULL,
  first_at_us    INTEGER NOT NULL,
  last_at_us     INTEGER NOT NULL,
  first_frame_id INTEGER NOT NULL,
  last_frame_id  INTEGER NOT NULL,
  PRIMARY KEY (minute_at_us, connection_id, session_id, type_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE hour_rollup (
  hour_at_us     INTEGER NOT NULL,
  connection_id  INTEGER NOT NULL,
  session_id     INTEGER NOT NULL,
  type_id        INTEGER NOT NULL,
  frame_count    INTEGER NOT NULL,
  wire_bytes     INTEGER NOT NULL,
  payload_bytes  INTEGER NOT NULL,
  first_at_us    INTEGER NOT NULL,
  last_at_us     INTEGER NOT NULL,
  first_frame_id INTEGER NOT NULL,
  last_frame_id  INTEGER NOT NULL,
  PRIMARY KEY (hour_at_us, connection_id, session_id, type_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE heartbeat (
  id            INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL REFERENCES connection (id),
  session_id    INTEGER REFERENCES session (id),
  sent_at_us    INTEGER NOT NULL,
  acked_at_us   INTEGER
) STRICT;

CREATE TABLE observation (
  id            INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL REFERENCES connection (id),
  session_id    INTEGER REFERENCES session (id),
  frame_no      INTEGER NOT NULL,
  at_us         INTEGER NOT NULL,
  name          TEXT NOT NULL,
  detail        TEXT NOT NULL
) STRICT;

CREATE TABLE gap (
  id            INTEGER PRIMARY KEY,
  connection_id INTEGER NOT NULL REFERENCES connection (id),
  sender        TEXT NOT NULL CHECK (sender IN ('client', 'gateway')),
  from_us       INTEGER NOT NULL,
  until_us      INTEGER NOT NULL,
  bytes         INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT;

-- For people: names instead of numbers, times that can be read.
CREATE VIEW frame_view AS
SELECT
  frame.id,
  strftime('%Y-%m-%d %H:%M:%S', frame.at_us / 1000000, 'unixepoch')
    || printf('.%06d', frame.at_us % 1000000) AS at_utc,
  frame.connection_id,
  frame.session_id,
  frame.frame_no,
  frame_type.sender,
  frame_type.kind,
  frame_type.op,
  opcode.name AS op_name,
  frame_type.event,
  frame.seq,
  frame.wire_bytes,
  frame.payload_bytes,
  frame_type.status,
  coalesce(
    payload.body ->> '$.d.guild_id',
    iif(frame_type.event IN ('GUILD_CREATE', 'GUILD_UPDATE', 'GUILD_DELETE'), payload.body ->> '$.d.id', NULL)
  ) AS guild_id,
  coalesce(
    payload.body ->> '$.d.channel_id',
    iif(frame_type.event IN ('CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE',
                             'THREAD_CREATE', 'THREAD_UPDATE', 'THREAD_DELETE'), payload.body ->> '$.d.id', NULL)
  ) AS channel_id,
  coalesce(
    payload.body ->> '$.d.user_id', payload.body ->> '$.d.author.id',
    payload.body ->> '$.d.user.id', payload.body ->> '$.d.member.user.id'
  ) AS user_id,
  payload.body ->> '$.d.nonce' AS nonce,
  payload.body ->> '$.d.heartbeat_interval' AS heartbeat_interval_ms,
  payload.body AS payload
FROM frame
JOIN frame_type ON frame_type.id = frame.type_id
LEFT JOIN opcode ON opcode.op = frame_type.op
LEFT JOIN payload ON payload.frame_id = frame.id;

CREATE VIEW opcode_stats AS
SELECT
  frame_type.op,
  opcode.name AS op_name,
  frame_type.event,
  frame_type.sender,
  sum(hour_rollup.frame_count) AS frame_count,
  sum(hour_rollup.wire_bytes) AS wire_bytes,
  sum(hour_rollup.payload_bytes) AS payload_bytes,
  datetime(min(hour_rollup.first_at_us) / 1000000, 'unixepoch') AS first_utc,
  datetime(max(hour_rollup.last_at_us) / 1000000, 'unixepoch') AS last_utc
FROM hour_rollup
JOIN frame_type ON frame_type.id = hour_rollup.type_id
LEFT JOIN opcode ON opcode.op = frame_type.op
GROUP BY frame_type.op, frame_type.event, frame_type.sender;

CREATE VIEW session_view AS
SELECT
  session.id,
  session.alias,
  session.user_id,
  session.shard_id,
  session.shard_count,
  session.library,
  (SELECT count(DISTINCT connection_id) FROM session_connection WHERE session_id = session.id) AS connection_count,
  (SELECT count(*) FROM session_connection WHERE session_id = session.id AND is_resume) AS resume_count,
  coalesce(sum(hour_rollup.frame_count), 0) AS frame_count,
  datetime(min(hour_rollup.first_at_us) / 1000000, 'unixepoch') AS first_utc,
  datetime(max(hour_rollup.last_at_us) / 1000000, 'unixepoch') AS last_utc,
  session.last_seq
FROM session
LEFT JOIN hour_rollup ON hour_rollup.session_id = session.id
GROUP BY session.id;
