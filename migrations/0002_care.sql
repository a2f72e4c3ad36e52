-- What keeps a file that grows for months in order: bodies packed together, and a note of what was deleted.

-- Bodies of many payloads, one after the other, compressed together (zlib, RFC 1950).
CREATE TABLE payload_block (
  id             INTEGER PRIMARY KEY,
  first_frame_id INTEGER NOT NULL,
  last_frame_id  INTEGER NOT NULL,
  body_bytes     INTEGER NOT NULL CHECK (body_bytes >= 0),
  bytes          BLOB NOT NULL
) STRICT;

-- Where in its block the body of a frame is; such a frame has no row in payload.
CREATE TABLE packed_payload (
  frame_id   INTEGER PRIMARY KEY REFERENCES frame (id),
  block_id   INTEGER NOT NULL REFERENCES payload_block (id),
  at_byte    INTEGER NOT NULL CHECK (at_byte >= 0),
  body_bytes INTEGER NOT NULL CHECK (body_bytes >= 0)
) STRICT;

-- What was deleted, so that nobody takes what is left for all there was.
CREATE TABLE pruning (
  id            INTEGER PRIMARY KEY,
  at_us         INTEGER NOT NULL,
  reason        TEXT NOT NULL CHECK (reason IN ('size', 'age', 'session')),
  frame_count   INTEGER NOT NULL,
  wire_bytes    INTEGER NOT NULL,
  payload_bytes INTEGER NOT NULL,
  first_at_us   INTEGER,
  last_at_us    INTEGER
) STRICT;
