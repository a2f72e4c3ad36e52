-- A session for each IDENTIFY: gateways that derive session_id from the token give it out again and again, so an alias
-- names several sessions, and only a RESUME joins one. Sessions that were one for that reason are taken apart.

DROP VIEW session_view;

CREATE TABLE session_new (
  id            INTEGER PRIMARY KEY,
  alias         TEXT,
  started_at_us INTEGER NOT NULL,
  user_id       TEXT,
  shard_id      INTEGER,
  shard_count   INTEGER,
  library       TEXT,
  intents       INTEGER,
  last_seq      INTEGER,
  token_alias   TEXT
) STRICT;

INSERT INTO session_new
SELECT id, alias, started_at_us, user_id, shard_id, shard_count, library, intents, last_seq, token_alias FROM session;

DROP TABLE session;
ALTER TABLE session_new RENAME TO session;

-- For a RESUME in a later capture.
CREATE INDEX session_by_alias ON session (alias);

-- Each IDENTIFY that is not the first word of its session begins another one.
CREATE TEMP TABLE split_start AS
SELECT
  link.id AS link_id,
  link.session_id AS old_id,
  (SELECT max(id) FROM session) + row_number() OVER (ORDER BY link.id) AS new_id
FROM session_connection AS link
WHERE NOT link.is_resume
  AND link.id > (SELECT min(id) FROM session_connection WHERE session_id = link.session_id);

-- What of an old session's connection goes to which session: from IDENTIFY or RESUME to the next one.
CREATE TEMP TABLE split_span AS
SELECT
  link.id AS link_id,
  link.session_id AS old_id,
  link.connection_id,
  coalesce(
    (SELECT new_id FROM split_start AS start
     WHERE start.old_id = link.session_id AND start.link_id <= link.id ORDER BY start.link_id DESC LIMIT 1),
    link.session_id) AS new_id,
  iif(row_number() OVER same = 1, 0, link.at_us) AS from_us,
  lead(link.at_us, 1, 9223372036854775807) OVER same AS until_us
FROM session_connection AS link
WHERE link.session_id IN (SELECT old_id FROM split_start)
WINDOW same AS (PARTITION BY link.session_id, link.connection_id ORDER BY link.id);

-- Where their frames are.
CREATE TEMP TABLE split_range AS
SELECT session_id AS old_id, connection_id, min(first_frame_id) AS first_id, max(last_frame_id) AS last_id
FROM hour_rollup WHERE session_id IN (SELECT old_id FROM split_start) GROUP BY 1, 2;

INSERT INTO session
SELECT start.new_id, session.alias, link.at_us, session.user_id, session.shard_id, session.shard_count,
  session.library, session.intents, session.last_seq, session.token_alias
FROM split_start AS start
JOIN session ON session.id = start.old_id
JOIN session_connection AS link ON link.id = start.link_id;

UPDATE frame SET session_id = span.new_id
FROM split_span AS span JOIN split_range AS range USING (old_id, connection_id)
WHERE frame.id BETWEEN range.first_id AND range.last_id
  AND frame.session_id = span.old_id AND frame.connection_id = span.connection_id
  AND frame.at_us >= span.from_us AND frame.at_us < span.until_us AND span.new_id <> span.old_id;

UPDATE heartbeat SET session_id = span.new_id FROM split_span AS span
WHERE heartbeat.session_id = span.old_id AND heartbeat.connection_id = span.connection_id
  AND sent_at_us >= span.from_us AND sent_at_us < span.until_us;

UPDATE observation SET session_id = span.new_id FROM split_span AS span
WHERE observation.session_id = span.old_id AND observation.connection_id = span.connection_id
  AND observation.at_us >= span.from_us AND observation.at_us < span.until_us;

UPDATE session_connection SET session_id = span.new_id FROM split_span AS span
WHERE session_connection.id = span.link_id;

-- The sums anew, for these sessions.
CREATE TEMP TABLE split_frame AS
SELECT frame.id, frame.at_us, frame.connection_id, frame.session_id, frame.type_id, frame.seq,
  iif(frame_type.status = 'partial', 0, frame.wire_bytes) AS wire_bytes, coalesce(frame.payload_bytes, 0) AS payload_bytes
FROM split_range AS range
CROSS JOIN frame ON frame.id BETWEEN range.first_id AND range.last_id AND frame.connection_id = range.connection_id
JOIN frame_type ON frame_type.id = frame.type_id
WHERE frame.session_id IN (SELECT new_id FROM split_span UNION SELECT old_id FROM split_span);

DELETE FROM minute_rollup WHERE session_id IN (SELECT old_id FROM split_start);
DELETE FROM hour_rollup WHERE session_id IN (SELECT old_id FROM split_start);

INSERT INTO minute_rollup
SELECT at_us / 60000000 * 60000000, connection_id, session_id, type_id, count(*), sum(wire_bytes), sum(payload_bytes),
  min(at_us), max(at_us), min(id), max(id)
FROM split_frame GROUP BY 1, 2, 3, 4;

INSERT INTO hour_rollup
SELECT at_us / 3600000000 * 3600000000, connection_id, session_id, type_id, count(*), sum(wire_bytes), sum(payload_bytes),
  min(at_us), max(at_us), min(id), max(id)
FROM split_frame GROUP BY 1, 2, 3, 4;

UPDATE session SET last_seq = (SELECT max(seq) FROM split_frame WHERE session_id = session.id)
WHERE id IN (SELECT new_id FROM split_span UNION SELECT old_id FROM split_span);

-- What each IDENTIFY said of its client, where its text is not packed.
CREATE TEMP TABLE split_identify AS
SELECT span.new_id AS session_id, payload.body
FROM split_span AS span
JOIN session_connection AS link ON link.id = span.link_id AND NOT link.is_resume
JOIN split_frame AS frame ON frame.connection_id = span.connection_id AND frame.session_id = span.new_id
  AND frame.type_id IN (SELECT id FROM frame_type WHERE op = 2 AND sender = 'client')
JOIN payload ON payload.frame_id = frame.id
WHERE json_valid(payload.body);

UPDATE session SET
  library = coalesce(body ->> '$.d.properties.browser', body ->> '$.d.properties."$browser"', library),
  intents = iif(json_type(body, '$.d.intents') = 'integer', body ->> '$.d.intents', intents),
  shard_id = iif(json_type(body, '$.d.shard[0]') = 'integer', body ->> '$.d.shard[0]', shard_id),
  shard_count = iif(json_type(body, '$.d.shard[1]') = 'integer', body ->> '$.d.shard[1]', shard_count)
FROM split_identify WHERE split_identify.session_id = session.id;

DROP TABLE split_identify;
DROP TABLE split_frame;
DROP TABLE split_range;
DROP TABLE split_span;
DROP TABLE split_start;

CREATE VIEW session_view AS
SELECT
  session.id,
  session.alias,
  session.user_id,
  session.shard_id,
  session.shard_count,
  session.library,
  session.intents,
  (SELECT count(DISTINCT connection_id) FROM session_connection WHERE session_id = session.id) AS connection_count,
  (SELECT count(*) FROM session_connection WHERE session_id = session.id AND is_resume) AS resume_count,
  (SELECT connection.close_code FROM session_connection JOIN connection ON connection.id = connection_id
   WHERE session_connection.session_id = session.id ORDER BY session_connection.id DESC LIMIT 1) AS close_code,
  coalesce(sum(hour_rollup.frame_count), 0) AS frame_count,
  coalesce(sum(hour_rollup.wire_bytes), 0) AS wire_bytes,
  coalesce(sum(hour_rollup.payload_bytes), 0) AS payload_bytes,
  datetime(min(hour_rollup.first_at_us) / 1000000, 'unixepoch') AS first_utc,
  datetime(max(hour_rollup.last_at_us) / 1000000, 'unixepoch') AS last_utc,
  session.last_seq
FROM session
LEFT JOIN hour_rollup ON hour_rollup.session_id = session.id
GROUP BY session.id;
