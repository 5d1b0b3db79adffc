-- The platform's own cell: which tenants there are, and the last checkpoint of each.
CREATE TABLE tenants (
  id {bytes} NOT NULL PRIMARY KEY,
  slug {text} NOT NULL,
  name {text} NOT NULL,
  state {text} NOT NULL,
  keyring {bytes} NOT NULL,
  login {bytes},
  quota_learners {i64},
  quota_people {i64},
  quota_evidence_bytes {i64},
  version {i64} NOT NULL,
  created_at {i64} NOT NULL,
  changed_at {i64} NOT NULL
) {strict};
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);

CREATE TABLE heads (
  cell {bytes} NOT NULL PRIMARY KEY,
  size {i64} NOT NULL,
  note {text} NOT NULL,
  at {i64} NOT NULL
) {strict};

CREATE TABLE control_evidence (
  id {bytes} NOT NULL PRIMARY KEY,
  control {text} NOT NULL,
  source {text} NOT NULL,
  probe {text} NOT NULL,
  probe_version {i64} NOT NULL,
  state {text} NOT NULL,
  detail {text} NOT NULL,
  observed_at {i64} NOT NULL,
  recorded_at {i64} NOT NULL,
  hash {bytes} NOT NULL
) {strict};
CREATE INDEX control_evidence_control ON control_evidence (control, observed_at);
{append_only control_evidence}
