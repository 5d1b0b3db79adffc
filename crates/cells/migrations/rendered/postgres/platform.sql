-- What every cell has, a tenant's and the platform's own.
CREATE TABLE positions (
  k TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  v BIGINT NOT NULL
);

CREATE TABLE ledger_entries (
  leaf BIGINT NOT NULL PRIMARY KEY,
  id BYTEA NOT NULL,
  at BIGINT NOT NULL,
  act TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  actor BYTEA,
  body BYTEA NOT NULL,
  hash BYTEA NOT NULL
);
-- ledger_entries: append-only, the cell's role has INSERT and SELECT

CREATE TABLE ledger_nodes (
  level BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (level, idx)
);
-- ledger_nodes: append-only, the cell's role has INSERT and SELECT

CREATE TABLE ledger_head (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  size BIGINT NOT NULL,
  frontier BYTEA NOT NULL,
  last_at BIGINT NOT NULL,
  checkpoint TEXT COLLATE "C" NOT NULL
);

CREATE TABLE ledger_subjects (
  learner BYTEA NOT NULL,
  leaf BIGINT NOT NULL,
  PRIMARY KEY (learner, leaf)
);

CREATE TABLE ledger_marks (
  mark BYTEA NOT NULL,
  leaf BIGINT NOT NULL,
  PRIMARY KEY (mark, leaf)
);

CREATE TABLE idempotency (
  actor BYTEA NOT NULL,
  k TEXT COLLATE "C" NOT NULL,
  fingerprint BYTEA NOT NULL,
  status BIGINT NOT NULL,
  resource BYTEA,
  at BIGINT NOT NULL,
  PRIMARY KEY (actor, k)
);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE people (
  id BYTEA NOT NULL PRIMARY KEY,
  email_index BYTEA NOT NULL,
  email BYTEA NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  fold TEXT COLLATE "C" NOT NULL,
  learner BYTEA,
  state TEXT COLLATE "C" NOT NULL,
  password TEXT COLLATE "C",
  roles TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX people_email_index ON people (email_index);
CREATE UNIQUE INDEX people_learner ON people (learner);
CREATE INDEX people_fold ON people (fold, id);
CREATE INDEX people_state ON people (state, fold, id);
CREATE INDEX people_roles ON people (roles, fold, id);

CREATE TABLE invitations (
  id BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL REFERENCES people (id),
  token_hash BYTEA NOT NULL,
  created_by BYTEA,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);

CREATE TABLE resets (
  id BYTEA NOT NULL PRIMARY KEY,
  account BYTEA NOT NULL,
  person BYTEA REFERENCES people (id),
  token_hash BYTEA NOT NULL,
  created_by BYTEA,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE UNIQUE INDEX resets_token_hash ON resets (token_hash);
CREATE INDEX resets_account ON resets (account, created_at);
CREATE INDEX resets_created_at ON resets (created_at);

CREATE TABLE mails (
  id BYTEA NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  person BYTEA NOT NULL REFERENCES people (id),
  content BYTEA NOT NULL,
  tries BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX mails_due_at ON mails (due_at);

CREATE TABLE sessions (
  id BYTEA NOT NULL PRIMARY KEY,
  token_hash BYTEA NOT NULL,
  person BYTEA NOT NULL REFERENCES people (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  step_up_at BIGINT,
  ended_at BIGINT,
  owes TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX sessions_token_hash ON sessions (token_hash);
CREATE INDEX sessions_person ON sessions (person);

CREATE TABLE factors (
  id BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL REFERENCES people (id),
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  secret BYTEA NOT NULL,
  step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  credential BYTEA,
  confirmed_at BIGINT,
  used_at BIGINT
);
CREATE INDEX factors_person ON factors (person);
CREATE UNIQUE INDEX factors_credential ON factors (credential);

CREATE TABLE ceremonies (
  id BYTEA NOT NULL PRIMARY KEY,
  used_at BIGINT NOT NULL
);
CREATE INDEX ceremonies_used_at ON ceremonies (used_at);

CREATE TABLE recovery_codes (
  id BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL REFERENCES people (id),
  code_index BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE UNIQUE INDEX recovery_codes_code_index ON recovery_codes (code_index);
CREATE INDEX recovery_codes_person ON recovery_codes (person);

CREATE TABLE api_keys (
  id BYTEA NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  hash BYTEA NOT NULL,
  scopes TEXT COLLATE "C" NOT NULL,
  created_by BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  used_at BIGINT,
  networks TEXT COLLATE "C" NOT NULL,
  used_from TEXT COLLATE "C" NOT NULL,
  strayed_at BIGINT,
  days BIGINT NOT NULL,
  rotated_from BYTEA,
  rotated_to BYTEA,
  warn_at BIGINT
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_warn_at ON api_keys (warn_at);

CREATE TABLE registrations (
  id BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL REFERENCES people (id),
  kind TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX registrations_person ON registrations (person);
-- The platform's own cell: which tenants there are, and the last checkpoint of each.
CREATE TABLE tenants (
  id BYTEA NOT NULL PRIMARY KEY,
  slug TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  keyring BYTEA NOT NULL,
  login BYTEA,
  quota_learners BIGINT,
  quota_people BIGINT,
  quota_evidence_bytes BIGINT,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);

CREATE TABLE heads (
  cell BYTEA NOT NULL PRIMARY KEY,
  size BIGINT NOT NULL,
  note TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL
);

CREATE TABLE control_evidence (
  id BYTEA NOT NULL PRIMARY KEY,
  control TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  probe TEXT COLLATE "C" NOT NULL,
  probe_version BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL,
  observed_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  hash BYTEA NOT NULL
);
CREATE INDEX control_evidence_control ON control_evidence (control, observed_at);
-- control_evidence: append-only, the cell's role has INSERT and SELECT
