-- Two more reasons why a frame holds no payload: it is over a bound of complexity, or gatetape itself failed.
-- A check cannot be changed, so the table is made again; frames refer to it by ids, which stay. Views look it up by name.

CREATE TEMP TABLE frame_type_before AS SELECT id, sender, kind, status, op, event FROM frame_type;

DROP TABLE frame_type;

CREATE TABLE frame_type (
  id     INTEGER PRIMARY KEY,
  sender TEXT NOT NULL CHECK (sender IN ('client', 'gateway')),
  kind   TEXT NOT NULL CHECK (kind IN ('text', 'binary', 'ping', 'pong', 'close')),
  status TEXT NOT NULL CHECK (status IN (
    'ok', 'partial', 'control', 'protocol_error', 'truncated', 'too_large', 'inflate_failed', 'context_lost',
    'not_utf8', 'not_json', 'not_etf', 'not_object', 'unknown_encoding', 'unsupported_compression', 'too_complex',
    'decoder_failed')),
  op     INTEGER,
  event  TEXT,
  CHECK ((status = 'ok') = (op IS NOT NULL))
) STRICT;

INSERT INTO frame_type SELECT id, sender, kind, status, op, event FROM frame_type_before;

DROP TABLE frame_type_before;

CREATE UNIQUE INDEX frame_type_once
  ON frame_type (sender, kind, status, coalesce(op, -1), coalesce(event, ''), event IS NULL);
