-- Views for people, completed: what a session asked for and how it ended, and connections with names and times.

DROP VIEW session_view;

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

CREATE VIEW connection_view AS
SELECT
  connection.id,
  connection.capture_id,
  (SELECT session_id FROM session_connection WHERE connection_id = connection.id ORDER BY id DESC LIMIT 1)
    AS session_id,
  datetime(connection.opened_at_us / 1000000, 'unixepoch') AS opened_utc,
  datetime(connection.closed_at_us / 1000000, 'unixepoch') AS closed_utc,
  connection.path,
  connection.upstream_url,
  connection.version,
  connection.encoding,
  connection.compress,
  connection.user_agent,
  connection.upgrade_status,
  connection.relay_mode,
  connection.close_code,
  close_code.name AS close_name,
  connection.close_reason,
  connection.closed_by,
  coalesce(sum(hour_rollup.frame_count), 0) AS frame_count,
  coalesce(sum(hour_rollup.wire_bytes), 0) AS wire_bytes,
  coalesce(sum(hour_rollup.payload_bytes), 0) AS payload_bytes
FROM connection
LEFT JOIN close_code ON close_code.code = connection.close_code
LEFT JOIN hour_rollup ON hour_rollup.connection_id = connection.id
GROUP BY connection.id;
