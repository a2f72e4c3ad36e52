-- Copying to a server of many recordings: who this database is there, how far it was copied, and which frames that were
-- copied have changed since.

CREATE TABLE recorder (
  id  INTEGER PRIMARY KEY CHECK (id = 1),
  uid TEXT NOT NULL
) STRICT;

CREATE TABLE shipment (
  fleet             TEXT NOT NULL,
  tier              TEXT NOT NULL CHECK (tier IN ('rollups', 'frames', 'bodies', 'heartbeats')),
  through_id        INTEGER NOT NULL CHECK (through_id >= 0),
  through_change_id INTEGER NOT NULL CHECK (through_change_id >= 0),
  sent_frame_id     INTEGER NOT NULL CHECK (sent_frame_id >= 0),
  version           INTEGER NOT NULL CHECK (version >= 0),
  PRIMARY KEY (fleet, tier)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_change (
  id             INTEGER PRIMARY KEY,
  connection_id  INTEGER,
  from_session   INTEGER NOT NULL,
  to_session     INTEGER NOT NULL,
  first_frame_id INTEGER NOT NULL
) STRICT;
