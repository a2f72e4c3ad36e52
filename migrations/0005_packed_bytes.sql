-- Documents in ETF packed as payloads are: in blocks of payload_block, each of which holds one of the two.

-- Where in its block the bytes of a frame are; such a frame has no row in frame_bytes.
CREATE TABLE packed_frame_bytes (
  frame_id   INTEGER PRIMARY KEY REFERENCES frame (id),
  block_id   INTEGER NOT NULL REFERENCES payload_block (id),
  at_byte    INTEGER NOT NULL CHECK (at_byte >= 0),
  body_bytes INTEGER NOT NULL CHECK (body_bytes >= 0)
) STRICT;
