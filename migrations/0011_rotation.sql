-- A recording goes on in another file when its database is rotated.

CREATE TABLE rotation (
  capture_id     INTEGER PRIMARY KEY REFERENCES capture (id),
  continues_file TEXT,
  put_aside_as   TEXT
) STRICT;
